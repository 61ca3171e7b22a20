using System.Globalization;
using System.Text;

namespace LoraFunctions.Diffusion.Checkpoints;

/// <summary>A model file cannot be used. The message is complete for a person: which file, which tensor, which rule, what to do.</summary>
public sealed class CheckpointException : Exception
{
    public CheckpointException(string message)
        : base(message)
    {
    }

    public CheckpointException(string message, Exception inner)
        : base(message, inner)
    {
    }

    /// <summary>A name out of a file as it may be shown: a hostile one must not flood a terminal or steer it.</summary>
    internal static string Printable(string name)
    {
        const int longest = 160;
        var shown = new StringBuilder();
        foreach (var rune in name.EnumerateRunes())
        {
            if (shown.Length >= longest)
            {
                shown.Append(CultureInfo.InvariantCulture, $"... ({name.Length} characters)");
                break;
            }

            var category = Rune.GetUnicodeCategory(rune);
            if (category is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
            {
                shown.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}");
            }
            else
            {
                shown.Append(rune.ToString());
            }
        }

        return shown.ToString();
    }
}
