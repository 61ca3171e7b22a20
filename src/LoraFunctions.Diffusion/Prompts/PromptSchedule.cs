using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace LoraFunctions.Diffusion.Prompts;

/// <summary>
/// WebUI's prompt editing: <c>[from:to:when]</c>, <c>[to:when]</c>, <c>[from::when]</c> and <c>[a|b]</c>. As its grammar has it, a bracket
/// that fits no form is words, and so are all brackets around it; where such a one holds a <c>|</c>, the whole prompt is words.
/// </summary>
internal sealed partial class PromptSchedule
{
    /// <summary>No one writes more; a limit keeps hostile prompts from running deep.</summary>
    public const int MaximumDepth = 50;

    private const int MatchTimeout = 10_000; // ms

    private readonly List<Frame> _stack = [new Frame(default, 0)];
    private readonly List<(int At, string Text)> _problems = [];
    private readonly List<(int At, string Text)> _warnings = [];
    private readonly BracketMeaning _brackets;
    private readonly string _prompt;
    private int? _words; // where it is that makes words of the whole prompt
    private bool _edits;

    private PromptSchedule(string prompt, BracketMeaning brackets)
    {
        (_prompt, _brackets) = (prompt, brackets);
        for (var i = 0; i < prompt.Length; i++)
        {
            Read(ref i);
        }

        Flush();
        if (_words is { } place && (_edits || prompt[place] == '['))
        {
            _problems.Add((place, $"'{prompt[place]}' here fits neither [a|b] nor [a:b:when] nor an escape, so that WebUI takes all such forms of the "
                + "prompt for words; write \\| or \\\\ for the character as such."));
        }
    }

    /// <summary>What has no effect as it is written, by its index in the prompt.</summary>
    public IReadOnlyList<(int At, string Text)> Problems => _problems;

    public IReadOnlyList<(int At, string Text)> Warnings => _warnings;

    public static PromptSchedule Parse(string prompt, BracketMeaning brackets = BracketMeaning.Schedule) => new(prompt, brackets);

    /// <summary>The texts by the steps they end with; the last ends with <paramref name="steps"/>, which is at least 1.</summary>
    public IReadOnlyList<ScheduledText> Resolve(int steps)
    {
        steps = Math.Max(steps, 1); // image-to-image may run none
        if (_words is not null)
        {
            return [new ScheduledText(steps, _prompt)];
        }

        var ends = new SortedSet<int> { steps };
        var parts = _stack[0].Parts;
        CollectSteps(parts, steps, ends);
        return [.. ends.Select(end =>
        {
            var text = new StringBuilder();
            Write(parts[0], end, steps, text);
            return new ScheduledText(end, text.ToString());
        })];
    }

    private void Read(ref int i)
    {
        var top = _stack[^1];
        switch (_prompt[i])
        {
            case '\\' when i + 1 < _prompt.Length && _prompt[i + 1] != '\n':
                top.Append(_prompt.AsSpan(i++, 2));
                break;
            case '\\':
                _words ??= i; // a backslash with nothing behind it is no token of the grammar
                top.Append(_prompt.AsSpan(i, 1));
                break;
            case '(' or '[':
                if (_stack.Count > MaximumDepth)
                {
                    _problems.Add((i, $"brackets are nested more than {MaximumDepth} deep."));
                    Flush();
                }

                _stack.Add(new Frame(_prompt[i], i));
                break;
            case ':' or '|' when _stack.Count > 1:
                top.Split(_prompt[i]);
                break;
            case '|':
                _words ??= i;
                top.Append("|");
                break;
            case ')' or ']':
                Close(_prompt[i]);
                break;
            default:
                top.Append(_prompt.AsSpan(i, 1));
                break;
        }
    }

    private void Close(char close)
    {
        var frame = _stack[^1];
        if (_stack.Count > 1 && frame.Open == (close == ')' ? '(' : '[') && Node(frame) is { } node)
        {
            _stack.RemoveAt(_stack.Count - 1);
            node.ForEach(_stack[^1].Add);
            return;
        }

        Flush();
        _stack[0].Append(close == ')' ? ")" : "]");
    }

    /// <summary>What a closed bracket stands for; null when it fits no form.</summary>
    private List<object>? Node(Frame frame)
    {
        var (colons, pipes) = (frame.Separators.Count(s => s == ':'), frame.Separators.Count(s => s == '|'));
        if (pipes == 0 && (colons == 0 || (frame.Open == '(' && colons == 1)))
        {
            return frame.Flattened(frame.Open == '(' ? ")" : "]");
        }

        if (frame.Open == '[' && colons == 0)
        {
            _edits = true;
            return [new Alternation(frame.Parts)];
        }

        if (frame.Open == '[' && pipes == 0 && colons <= 2 && frame.Parts[^1] is [StringBuilder text] && Number().Match(text.ToString()) is { Success: true } when)
        {
            return Scheduled(frame, when.Groups["number"].Value);
        }

        return null;
    }

    private List<object> Scheduled(Frame frame, string when)
    {
        var words = frame.Parts.Count == 2;
        var value = double.Parse(when, NumberStyles.Float, CultureInfo.InvariantCulture);
        if (words && _brackets == BracketMeaning.Weight)
        {
            _warnings.Add((frame.At, $"[words:{when}] is read as the weight (words:{when}); in WebUI the words come in at step or share {when}."));
            return [new StringBuilder("("), .. frame.Parts[0], new StringBuilder($":{when})")];
        }

        _edits = true;
        var share = when.Contains('.', StringComparison.Ordinal);
        if (words && value > 0 && share)
        {
            _warnings.Add((frame.At, string.Create(CultureInfo.InvariantCulture,
                $"[words:{when}] is no weight: the words come in after {value * 100:0.#} % of the steps. For a weight write (words:{when}), or read ")
                + "brackets as weights."));
        }

        if (value <= 0 || (share && value >= 1))
        {
            var never = value <= 0 ? (words ? null : "the words before it are never used") : "the words it changes to are never used";
            if (never is not null)
            {
                _warnings.Add((frame.At, $"a change at {when} of the steps: {never}; give a share between 0 and 1, or a step."));
            }
        }

        return [new Change(words ? [] : frame.Parts[0], frame.Parts[^2], value, share)];
    }

    /// <summary>All brackets that are still open are words.</summary>
    private void Flush()
    {
        while (_stack.Count > 1)
        {
            var frame = _stack[^1];
            _stack.RemoveAt(_stack.Count - 1);
            if (frame.Separators.Contains('|'))
            {
                _words ??= frame.At;
            }

            frame.Flattened("").ForEach(_stack[^1].Add);
        }
    }

    private static void CollectSteps(IEnumerable<List<object>> parts, int steps, SortedSet<int> ends)
    {
        foreach (var item in parts.SelectMany(p => p))
        {
            if (item is Change change)
            {
                if (change.Step(steps) >= 1)
                {
                    ends.Add(change.Step(steps));
                }

                CollectSteps([change.Before, change.After], steps, ends);
            }
            else if (item is Alternation alternation)
            {
                ends.UnionWith(Enumerable.Range(1, steps));
                CollectSteps(alternation.Choices, steps, ends);
            }
        }
    }

    private static void Write(List<object> items, int step, int steps, StringBuilder text)
    {
        foreach (var item in items)
        {
            switch (item)
            {
                case Change change:
                    Write(step <= change.Step(steps) ? change.Before : change.After, step, steps, text);
                    break;
                case Alternation alternation:
                    Write(alternation.Choices[(step - 1) % alternation.Choices.Count], step, steps, text);
                    break;
                default:
                    text.Append((StringBuilder)item);
                    break;
            }
        }
    }

    [GeneratedRegex(@"^\s*(?<number>[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?)\s*$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, MatchTimeout)]
    private static partial Regex Number();

    /// <summary>Parts hold text (<see cref="StringBuilder"/>), <see cref="Change"/> and <see cref="Alternation"/>.</summary>
    private sealed class Frame(char open, int at)
    {
        public char Open => open;

        public int At => at;

        public List<List<object>> Parts { get; } = [[]];

        public List<char> Separators { get; } = [];

        public void Split(char separator)
        {
            Separators.Add(separator);
            Parts.Add([]);
        }

        public void Append(ReadOnlySpan<char> text)
        {
            if (Parts[^1] is not [.., StringBuilder last])
            {
                Parts[^1].Add(last = new StringBuilder());
            }

            last.Append(text);
        }

        public void Add(object item)
        {
            if (item is StringBuilder text && Parts[^1] is [.., StringBuilder last])
            {
                last.Append(text);
            }
            else
            {
                Parts[^1].Add(item);
            }
        }

        /// <summary>The bracket and its separators as words.</summary>
        public List<object> Flattened(string close)
        {
            List<object> items = [new StringBuilder().Append(open)];
            for (var i = 0; i < Parts.Count; i++)
            {
                items.AddRange(i == 0 ? Parts[i] : [new StringBuilder().Append(Separators[i - 1]), .. Parts[i]]);
            }

            items.Add(new StringBuilder(close));
            return items;
        }
    }

    /// <param name="When">A step, or with <paramref name="Share"/> the share of the steps.</param>
    private sealed record Change(List<object> Before, List<object> After, double When, bool Share)
    {
        public int Step(int steps) => (int)Math.Clamp(Share ? When * steps : When, -1, steps);
    }

    private sealed record Alternation(List<List<object>> Choices);
}
