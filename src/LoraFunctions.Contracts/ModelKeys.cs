using System.Globalization;
using System.Text;

namespace LoraFunctions.Contracts;

/// <summary>
/// The name of a car model in blobs and instances: slug(make, model, generation). Letters and digits of any script stay, in lower case;
/// everything else becomes one '-'. So there is no '/', '.' or space in it, and Chinese names stay apart.
/// </summary>
public static class ModelKeys
{
    /// <summary>Two keys and a scene fit into one instance id and one file name.</summary>
    public const int MaxLength = 40;

    /// <param name="generation">May be empty.</param>
    /// <exception cref="ArgumentException">Make or model holds no letter or digit.</exception>
    public static string Of(string make, string model, string generation)
    {
        if (Slug(make).Length == 0 || Slug(model).Length == 0)
        {
            throw new ArgumentException($"Make '{make}' and model '{model}' must each hold a letter or a digit.");
        }

        return Shorten(Slug($"{make} {model} {generation}"));
    }

    /// <summary>Whether a text is such a key.</summary>
    public static bool IsKey(string text) => text.Length is > 0 and <= MaxLength && text == Slug(text);

    /// <summary>The same for any name that becomes a part of a blob's name, e.g. a scene. May come out empty.</summary>
    public static string Slug(string text)
    {
        var slug = new StringBuilder(text.Length);
        foreach (var rune in text.Replace("+", " plus ").EnumerateRunes())
        {
            if (Rune.IsLetterOrDigit(rune) || IsMark(rune))
            {
                slug.Append(Rune.ToLowerInvariant(rune));
            }
            else if (slug.Length > 0 && slug[^1] != '-')
            {
                slug.Append('-');
            }
        }

        return slug.ToString().TrimEnd('-');
    }

    /// <summary>Accents may be written as characters of their own; they tell words apart.</summary>
    private static bool IsMark(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;

    private static string Shorten(string slug)
    {
        const int digestLength = 8;
        if (slug.Length <= MaxLength)
        {
            return slug;
        }

        var head = MaxLength - digestLength - 1;
        if (char.IsHighSurrogate(slug[head - 1]))
        {
            head--;
        }

        return $"{slug[..head].TrimEnd('-')}-{Digests.OfText(slug)[..digestLength]}";
    }
}
