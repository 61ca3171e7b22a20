using System.Globalization;
using System.Text.RegularExpressions;

namespace LoraFunctions.Diffusion.Prompts;

/// <summary>Words and how much they weigh; <see cref="IsBreak"/> starts another chunk.</summary>
internal readonly record struct WeightedText(string Text, double Weight)
{
    private const string BreakWord = "BREAK";

    public static WeightedText Break { get; } = new(BreakWord, -1);

    /// <summary>A BREAK inside brackets gets their weight, and so is a word: WebUI's own behaviour.</summary>
    public bool IsBreak => Weight == -1 && Text == BreakWord;

    public bool IsWeightedBreak => Weight != -1 && Text == BreakWord;
}

/// <summary>
/// WebUI's attention: <c>(x)</c> weighs 1.1 times, <c>[x]</c> 1/1.1 times, <c>(x:1.3)</c> 1.3 times, nested ones multiply, those that are
/// not closed reach to the end, and a backslash takes a bracket's meaning away.
/// </summary>
internal static partial class PromptAttention
{
    private const double Round = 1.1;
    private const double Square = 1 / 1.1;
    private const int MatchTimeout = 10_000; // ms

    /// <summary>At least one piece; neighbours of one weight are joined.</summary>
    /// <param name="problems">By index in the text; null when nobody looks at them.</param>
    public static List<WeightedText> Parse(
        string text, List<(int At, string Text)>? problems = null, List<(int At, string Text)>? warnings = null)
    {
        var pieces = new List<WeightedText>();
        var round = new Stack<(int Piece, int At)>();
        var square = new Stack<(int Piece, int At)>();
        foreach (Match match in Token().Matches(text))
        {
            var token = match.Value;
            var weight = match.Groups["weight"];
            if (token[0] == '\\')
            {
                pieces.Add(new WeightedText(token[1..], 1));
            }
            else if (token is "(" or "[")
            {
                (token == "(" ? round : square).Push((pieces.Count, match.Index));
            }
            else if (weight.Success && round.Count > 0)
            {
                var number = double.TryParse(weight.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : double.NaN;
                if (!double.IsFinite(number))
                {
                    problems?.Add((match.Index, $"'{weight.Value}' is no weight; write a number as in (words:1.2)."));
                    number = 1;
                }

                Multiply(pieces, round.Pop().Piece, number);
            }
            else if (token == ")" && round.Count > 0)
            {
                Multiply(pieces, round.Pop().Piece, Round);
            }
            else if (token == "]" && square.Count > 0)
            {
                Multiply(pieces, square.Pop().Piece, Square);
            }
            else
            {
                if (token is ")" or "]" || weight.Success)
                {
                    warnings?.Add((match.Index, $"'{token}' closes no bracket and is read as words; write \\{token[^1]} for the character as such."));
                }

                pieces.AddRange(BreakWord().Split(token).SelectMany(
                    (part, i) => i > 0 ? [WeightedText.Break, new WeightedText(part, 1)] : (WeightedText[])[new WeightedText(part, 1)]));
            }
        }

        foreach (var (open, factor) in round.Select(o => (o, Round)).Concat(square.Select(o => (o, Square))))
        {
            warnings?.Add((open.At, $"'{text[open.At]}' is not closed and so reaches to the end; write \\{text[open.At]} for the character as such."));
            Multiply(pieces, open.Piece, factor);
        }

        if (pieces.Any(piece => piece.IsWeightedBreak))
        {
            problems?.Add((0, "BREAK stands inside brackets, where it is a word and starts no chunk; close the brackets before it."));
        }

        return Joined(pieces);
    }

    private static void Multiply(List<WeightedText> pieces, int from, double factor)
    {
        for (var i = from; i < pieces.Count; i++)
        {
            pieces[i] = pieces[i] with { Weight = pieces[i].Weight * factor };
        }
    }

    private static List<WeightedText> Joined(List<WeightedText> pieces)
    {
        List<WeightedText> joined = [];
        for (var i = 0; i < pieces.Count;)
        {
            var end = i + 1;
            while (end < pieces.Count && pieces[end].Weight == pieces[i].Weight)
            {
                end++;
            }

            joined.Add(end == i + 1
                ? pieces[i]
                : new WeightedText(string.Concat(pieces[i..end].Select(p => p.Text)), pieces[i].Weight));
            i = end;
        }

        return joined.Count > 0 ? joined : [new WeightedText("", 1)];
    }

    [GeneratedRegex(@"\\[()\[\]\\]|\\|\(|\[|:\s*(?<weight>[+-]?[.0-9]+)\s*\)|\)|\]|[^\\()\[\]:]+|:",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, MatchTimeout)]
    private static partial Regex Token();

    // Looking behind keeps long runs of blanks from being tried at each of them.
    [GeneratedRegex(@"(?:(?<!\s)\s+)?\bBREAK\b\s*", RegexOptions.CultureInvariant, MatchTimeout)]
    private static partial Regex BreakWord();
}
