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

/// <summary>Everything in a checkpoint that does not fit its networks, thrown together.</summary>
internal sealed class CheckpointFaults
{
    private readonly List<string> missing = [];
    private readonly List<string> leftOver = [];
    private readonly List<string> misshaped = [];

    public void Missing(string file, string name, IReadOnlyList<long> shape) =>
        missing.Add($"missing: {name} [{string.Join(", ", shape)}] ({file})");

    public void LeftOver(string file, string name) => leftOver.Add($"left over: {CheckpointException.Printable(name)} ({file})");

    public void Misshaped(string file, string name, IReadOnlyList<long> found, IReadOnlyList<long> expected) =>
        misshaped.Add($"misshaped: {name} is [{string.Join(", ", found)}], expected [{string.Join(", ", expected)}] ({file})");

    /// <exception cref="CheckpointException">Something did not fit; every tensor has its line.</exception>
    public void ThrowIfAny(string model)
    {
        if (missing.Count + leftOver.Count + misshaped.Count == 0)
        {
            return;
        }

        var message = new StringBuilder();
        message.Append(CultureInfo.InvariantCulture,
            $"{model}: does not fit its networks: {missing.Count} tensors missing, {leftOver.Count} left over, "
                + $"{misshaped.Count} misshaped.");
        foreach (var line in missing.Concat(leftOver).Concat(misshaped))
        {
            message.Append('\n').Append("  ").Append(line);
        }

        throw new CheckpointException(message.ToString());
    }
}
