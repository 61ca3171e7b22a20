using System.Globalization;
using System.Text.RegularExpressions;

namespace LoraFunctions.Diffusion.Prompts;

/// <summary>One of the prompts that <c>AND</c> joins: its share of the guidance and its text, by step.</summary>
internal sealed record PromptPart(PromptSchedule Schedule, double Weight);

/// <summary>
/// A prompt as WebUI reads it: tags are taken out, then <c>AND</c> splits, then the schedule gives a text for each step, whose attention and
/// chunks are read last (<see cref="PromptEncoder"/>).
/// </summary>
public sealed partial class PromptReading
{
    /// <summary>Far more than fits a few chunks; keeps hostile prompts cheap.</summary>
    public const int MaximumLength = 20_000;

    private const int MatchTimeout = 10_000; // ms

    private PromptReading(TaggedPrompt tagged, IReadOnlyList<PromptPart> parts, IReadOnlyList<string> problems, IReadOnlyList<string> warnings)
    {
        (Text, Loras, Parts, Problems, Warnings) = (tagged.Text, tagged.Loras, parts, problems, warnings);
    }

    /// <summary>Without tags.</summary>
    public string Text { get; }

    public IReadOnlyList<LoraTag> Loras { get; }

    /// <summary>What is not closed, not known or has no effect, one line each with its character.</summary>
    public IReadOnlyList<string> Problems { get; }

    /// <summary>What is read otherwise than one might think.</summary>
    public IReadOnlyList<string> Warnings { get; }

    internal IReadOnlyList<PromptPart> Parts { get; }

    /// <param name="negative">A negative prompt, where <c>AND</c> and tags mean nothing.</param>
    public static PromptReading Read(string prompt, BracketMeaning brackets = BracketMeaning.Schedule, bool negative = false)
    {
        if (prompt.Length > MaximumLength)
        {
            var empty = new TaggedPrompt("", [], []);
            return new PromptReading(empty, [new PromptPart(PromptSchedule.Parse(""), 1)],
                [$"the prompt has {prompt.Length} characters; at most {MaximumLength} are read."], []);
        }

        var tagged = PromptTags.Extract(prompt);
        var (problems, warnings) = (new List<(int At, string Text)>(), new List<(int At, string Text)>());
        var parts = new List<PromptPart>();
        foreach (var (start, text, weight) in negative ? [(0, tagged.Text, 1)] : Split(tagged.Text))
        {
            var schedule = PromptSchedule.Parse(text, brackets);
            var (wrong, odd) = (new List<(int At, string Text)>(schedule.Problems), new List<(int At, string Text)>(schedule.Warnings));
            PromptAttention.Parse(text, wrong, odd);
            problems.AddRange(wrong.Select(p => (p.At + start, p.Text)));
            warnings.AddRange(odd.Select(w => (w.At + start, w.Text)));
            parts.Add(new PromptPart(schedule, weight));
        }

        if (negative && And().Match(tagged.Text) is { Success: true } and)
        {
            problems.Add((and.Index, "AND joins prompts only in the prompt itself; here it would be a word."));
        }

        if (negative && tagged.Loras.Count > 0)
        {
            problems.Add((0, "tags such as <lora:name:strength> have no effect here; move them to the prompt."));
        }

        problems.AddRange(Braces(tagged.Text));
        return new PromptReading(tagged, parts, [.. tagged.Problems, .. Lines(problems)], [.. Lines(warnings)]);

        IEnumerable<string> Lines(List<(int At, string Text)> places) =>
            places.OrderBy(p => p.At).Select(p => $"character {tagged.Character(p.At)}: {p.Text}");
    }

    /// <summary>What <c>AND</c> joins, and where each begins.</summary>
    internal static IEnumerable<(int Start, string Text, double Weight)> Split(string text)
    {
        var start = 0;
        foreach (Match and in And().Matches(text))
        {
            yield return Part(text, start, and.Index);
            start = and.Index + and.Length;
        }

        yield return Part(text, start, text.Length);
    }

    /// <summary>A trailing <c>:1.2</c> weighs the whole of what stands before it; blanks around it and at the end are not read.</summary>
    private static (int Start, string Text, double Weight) Part(string text, int start, int end)
    {
        var part = text[start..end].TrimEnd();
        var colon = part.LastIndexOf(':');
        return colon >= 0 && Number().Match(part[(colon + 1)..]) is { Success: true } match
            ? (start, part[..colon].TrimEnd(), double.Parse(match.Groups["number"].Value, NumberStyles.Float, CultureInfo.InvariantCulture))
            : (start, part, 1);
    }

    /// <summary>Placeholders of templates mean nothing in a prompt, nor does a brace that is not closed.</summary>
    private static IEnumerable<(int At, string Text)> Braces(string text)
    {
        var open = new Stack<int>();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\')
            {
                i++;
            }
            else if (text[i] == '{')
            {
                open.Push(i);
            }
            else if (text[i] == '}' && !open.TryPop(out _))
            {
                yield return (i, "'}' closes no brace; write \\} for the character as such.");
            }
        }

        foreach (var at in open)
        {
            yield return (at, "'{' is not closed; write \\{ for the character as such.");
        }
    }

    [GeneratedRegex(@"\bAND\b", RegexOptions.CultureInvariant, MatchTimeout)]
    private static partial Regex And();

    [GeneratedRegex(@"^\s*(?<number>[+-]?([0-9]+\.?|[0-9]*\.[0-9]+))$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, MatchTimeout)]
    private static partial Regex Number();
}
