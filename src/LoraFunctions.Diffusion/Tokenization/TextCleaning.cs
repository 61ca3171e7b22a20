using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace LoraFunctions.Diffusion.Tokenization;

/// <summary>
/// What CLIP's tokenizer does to a text before splitting it: the repairs of the Python library ftfy (entities, mojibake, ligatures,
/// full-width forms, curly quotes, control characters, normal form C), one space for any white space, lower case.
/// </summary>
internal static partial class TextCleaning
{
    private static readonly SearchValues<char> Ascii = SearchValues.Create([.. Enumerable.Range(0x20, 0x5F).Select(c => (char)c)]);

    /// <summary>The bytes 0x80 to 0x9F of Windows-1252; those it leaves undefined stand for themselves.</summary>
    private const string Windows1252 =
        "\u20AC\u0081\u201A\u0192\u201E\u2026\u2020\u2021\u02C6\u2030\u0160\u2039\u0152\u008D\u017D\u008F" +
        "\u0090\u2018\u2019\u201C\u201D\u2022\u2013\u2014\u02DC\u2122\u0161\u203A\u0153\u009D\u017E\u0178";

    /// <summary>U+FF5F to U+FF9F and U+FFA0 to U+FFDC in their usual width; '\0' where there is none.</summary>
    private const string WideKana = "⦅⦆。「」、・ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン\u3099\u309A";
    private const string WideJamo =
        "\u1160\u1100\u1101\u11AA\u1102\u11AC\u11AD\u1103\u1104\u1105\u11B0\u11B1\u11B2\u11B3\u11B4\u11B5\u111A\u1106\u1107\u1108" +
        "\u1121\u1109\u110A\u110B\u110C\u110D\u110E\u110F\u1110\u1111\u1112" +
        "\0\0\0\u1161\u1162\u1163\u1164\u1165\u1166\0\0" +
        "\u1167\u1168\u1169\u116A\u116B\u116C\0\0\u116D\u116E\u116F\u1170\u1171\u1172\0\0\u1173\u1174\u1175";

    private static readonly Dictionary<char, string> Replacements = MakeReplacements();

    public static string Clean(string text) => Lower(OneSpace(Fix(text)));

    /// <summary>The repairs, repeated until nothing changes.</summary>
    internal static string Fix(string text)
    {
        // Where somebody writes tags, an entity is meant as it stands.
        var unescape = !text.Contains('<', StringComparison.Ordinal);

        // Every round shortens the text or brings it nearer to normal form; the limit is for texts made to be slow.
        for (var round = 0; round < 16; round++)
        {
            if (!text.AsSpan().ContainsAnyExcept(Ascii) && !text.Contains('&', StringComparison.Ordinal))
            {
                return text;
            }

            var before = text;
            text = unescape ? WebUtility.HtmlDecode(text) : text;
            text = RepairMojibake(text);
            text = TerminalEscape().Replace(text, "");
            text = CanonicalComposition.Normalize(Replace(text));
            if (text == before)
            {
                break;
            }
        }

        return text;
    }

    /// <summary>Every run of white space becomes one space, none at the ends.</summary>
    internal static string OneSpace(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (!char.IsWhiteSpace(c))
            {
                result.Append(c);
            }
            else if (result.Length > 0 && result[^1] != ' ')
            {
                result.Append(' ');
            }
        }

        return result.ToString().TrimEnd(' ');
    }

    /// <summary>Unicode's full lower case: as Python's, which knows the final sigma and the dotted capital I.</summary>
    internal static string Lower(string text)
    {
        var result = new StringBuilder(text.Length);
        var cased = false;
        for (var i = 0; i < text.Length;)
        {
            Rune.DecodeFromUtf16(text.AsSpan(i), out var rune, out var length);
            i += length;
            result.Append(rune.Value switch
            {
                0x130 => "i\u0307",
                0x3A3 => cased && !StartsCased(text.AsSpan(i)) ? "\u03C2" : "\u03C3",
                _ => Rune.ToLowerInvariant(rune).ToString(),
            });
            cased = IsCased(rune) || (cased && IsIgnoredInCase(rune));
        }

        return result.ToString();
    }

    private static bool StartsCased(ReadOnlySpan<char> rest)
    {
        foreach (var rune in rest.EnumerateRunes())
        {
            if (!IsIgnoredInCase(rune))
            {
                return IsCased(rune);
            }
        }

        return false;
    }

    private static bool IsCased(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter
            or UnicodeCategory.TitlecaseLetter;

    private static bool IsIgnoredInCase(Rune rune) =>
        rune.Value is '\'' or '.' or ':' or '^' or '`' or 0xB7 or 0x2019
        || Rune.GetUnicodeCategory(
            rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark
            or UnicodeCategory.Format or UnicodeCategory.ModifierLetter or UnicodeCategory.ModifierSymbol;

    /// <summary>
    /// UTF-8 that somebody read as Windows-1252 or Latin-1. Where a text's bytes in that encoding happen to be valid UTF-8 with
    /// characters beyond ASCII, chance is no explanation.
    /// </summary>
    private static string RepairMojibake(string text)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange('\0', '\x7F'))
        {
            return text;
        }

        var bytes = new byte[text.Length];
        for (var i = 0; i < text.Length; i++)
        {
            var special = Windows1252.IndexOf(text[i], StringComparison.Ordinal);
            if (special < 0 && text[i] > 0xFF)
            {
                return text;
            }

            bytes[i] = (byte)(special >= 0 ? 0x80 + special : text[i]);
        }

        return System.Text.Unicode.Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : text;
    }

    private static string Replace(string text)
    {
        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (char.IsSurrogate(c))
            {
                var isPair = char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]);
                result.Append(isPair ? text.AsSpan(i, 2) : "\uFFFD");
                i += isPair ? 1 : 0;
            }
            else if (Replacements.TryGetValue(c, out var replacement))
            {
                result.Append(replacement);
            }
            else
            {
                result.Append(c);
            }
        }

        return result.ToString();
    }

    private static Dictionary<char, string> MakeReplacements()
    {
        var map = new Dictionary<char, string>
        {
            // ligatures and digraphs of Latin letters
            ['\u0132'] = "IJ", ['\u0133'] = "ij", ['\u0149'] = "\u02BCn", ['\u01C4'] = "D\u017D", ['\u01C5'] = "D\u017E",
                ['\u01C6'] = "d\u017E",
            ['\u01C7'] = "LJ", ['\u01C8'] = "Lj", ['\u01C9'] = "lj", ['\u01CA'] = "NJ", ['\u01CB'] = "Nj", ['\u01CC'] = "nj",
            ['\u01F1'] = "DZ", ['\u01F2'] = "Dz", ['\u01F3'] = "dz",
            ['\uFB00'] = "ff", ['\uFB01'] = "fi", ['\uFB02'] = "fl", ['\uFB03'] = "ffi", ['\uFB04'] = "ffl", ['\uFB05'] = "\u017Ft",
                ['\uFB06'] = "st",

            // curly quotes
            ['\u02BC'] = "'", ['\u2018'] = "'", ['\u2019'] = "'", ['\u201A'] = "'", ['\u201B'] = "'",
            ['\u201C'] = "\"", ['\u201D'] = "\"", ['\u201E'] = "\"", ['\u201F'] = "\"",

            // other marks of a line's end
            ['\r'] = "\n", ['\u2028'] = "\n", ['\u2029'] = "\n",

            ['\u3000'] = " ", ['\uFFE0'] = "\u00A2", ['\uFFE1'] = "\u00A3", ['\uFFE2'] = "\u00AC", ['\uFFE3'] = " \u0304",
                ['\uFFE4'] = "\u00A6", ['\uFFE5'] = "\u00A5",
            ['\uFFE6'] = "\u20A9", ['\uFFE8'] = "\u2502", ['\uFFE9'] = "\u2190", ['\uFFEA'] = "\u2191", ['\uFFEB'] = "\u2192",
                ['\uFFEC'] = "\u2193", ['\uFFED'] = "\u25A0", ['\uFFEE'] = "\u25CB",
        };
        for (var c = '\uFF01'; c <= '\uFF5E'; c++)
        {
            map[c] = $"{(char)(c - 0xFEE0)}";
        }

        foreach (var (i, wide) in (WideKana + WideJamo).Index().Where(item => item.Item != '\0'))
        {
            map[(char)(0xFF5F + i)] = wide.ToString();
        }

        foreach (var (i, character) in Windows1252.Index())
        {
            map[(char)(0x80 + i)] = character.ToString();
        }

        // Control characters that no text means, and the byte-order mark.
        foreach (var c in Enumerable.Range(0, 0x09).Append(0x0B).Concat(Enumerable.Range(0x0E, 0x12)).Append(0x7F)
            .Concat(Enumerable.Range(0x206A, 6)).Append(0xFEFF).Concat(Enumerable.Range(0xFFF9, 4)))
        {
            map[(char)c] = "";
        }

        return map;
    }

    [GeneratedRegex(@"\x1B\[[0-9;]*[a-zA-Z]", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex TerminalEscape();
}
