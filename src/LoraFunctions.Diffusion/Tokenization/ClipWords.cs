using System.Globalization;
using System.Text;

namespace LoraFunctions.Diffusion.Tokenization;

/// <summary>
/// Splits cleaned text into the pieces BPE works on: CLIP's regular expression, written over code points, because .NET's expressions see
/// UTF-16 halves and would not know a letter beyond U+FFFF for one.
/// </summary>
internal static class ClipWords
{
    private static readonly string[] Contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];
    private static readonly string[] Marks = ["<|startoftext|>", "<|endoftext|>"];

    private enum Kind
    {
        Space,
        Letter,
        Number,
        Other,
    }

    public static IEnumerable<(int Offset, int Length)> Split(string text)
    {
        for (var at = 0; at < text.Length;)
        {
            var whole = Marks.Concat(Contractions).FirstOrDefault(piece => string.CompareOrdinal(text, at, piece, 0, piece.Length) == 0);
            var (kind, length) = KindAt(text, at);
            if (whole is not null)
            {
                length = whole.Length;
            }
            else if (kind is Kind.Letter or Kind.Other)
            {
                while (at + length < text.Length && KindAt(text, at + length) is var (next, more) && next == kind)
                {
                    length += more;
                }
            }

            if (whole is not null || kind != Kind.Space)
            {
                yield return (at, length);
            }

            at += length;
        }
    }

    private static (Kind Kind, int Length) KindAt(string text, int at)
    {
        Rune.DecodeFromUtf16(text.AsSpan(at), out var rune, out var length);
        var kind = Rune.IsWhiteSpace(rune) ? Kind.Space : Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
                or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => Kind.Letter,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Kind.Number,
            _ => Kind.Other,
        };
        return (kind, length);
    }
}
