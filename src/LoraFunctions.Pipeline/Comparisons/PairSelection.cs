using LoraFunctions.Imaging.Gate;
using LoraFunctions.Pipeline.Night;

namespace LoraFunctions.Pipeline.Comparisons;

/// <summary>A car model that may stand on one side of a comparison.</summary>
/// <param name="Objection">Why it cannot be rendered; null when it can.</param>
/// <param name="Price">0 where it is not known.</param>
/// <param name="Views">Those that its photos show; null where they are not known.</param>
internal sealed record ComparisonCandidate(string ModelKey, string Segment, string? Objection, decimal Price = 0, IReadOnlySet<string>? Views = null);

/// <summary>Which pairs <c>comparisons.yaml</c> asks for and can have tonight: a pure function.</summary>
internal static class PairSelection
{
    /// <param name="candidates">Every known car model, in the ordinal order of the keys.</param>
    /// <returns>Listed pairs in their order, then the rule's; and listed pairs that cannot be, with the reason.</returns>
    public static (IReadOnlyList<ChosenPair> Pairs, IReadOnlyList<ReportedProblem> LeftOut) Select(
        ComparisonsConfiguration configuration,
        IReadOnlyList<ComparisonCandidate> candidates)
    {
        var byKey = candidates.ToDictionary(c => c.ModelKey);
        var chosen = new List<ChosenPair>();
        var leftOut = new List<ReportedProblem>();
        foreach (var pair in configuration.Pairs)
        {
            string[] objections = [.. new[] { pair.Left, pair.Right }.Select(key => Objection(key, byKey)).OfType<string>()];
            if (objections.Length > 0)
            {
                leftOut.Add(new ReportedProblem($"{pair.Left} vs {pair.Right}", string.Join("; ", objections)));
            }
            else
            {
                chosen.Add(Chosen(configuration, pair.Left, pair.Right, pair.Scenes, pair.Template));
            }
        }

        if (configuration.Rule is { } rule)
        {
            chosen.AddRange(ByRule(configuration, rule, [.. candidates.Where(c => c.Objection is null)]));
        }

        return ([.. chosen.Select(pair => Shown(configuration, pair, byKey, leftOut)).Where(pair => pair.Scenes.Count > 0)], leftOut);
    }

    /// <summary>Without the scenes that ask for a view which a car's photos never show: its LoRA would make it up.</summary>
    private static ChosenPair Shown(
        ComparisonsConfiguration configuration, ChosenPair pair, Dictionary<string, ComparisonCandidate> byKey, List<ReportedProblem> leftOut)
    {
        var scenes = new List<string>();
        foreach (var name in pair.Scenes)
        {
            var view = configuration.Scenes.First(s => s.Name == name).View is { } words ? PhotoSet.ViewOf(words) : null;
            var unseen = view is null ? [] : new[] { pair.Left, pair.Right }.Where(key => byKey[key].Views?.Contains(view) == false).ToList();
            if (unseen.Count == 0)
            {
                scenes.Add(name);
            }
            else
            {
                leftOut.Add(new ReportedProblem(
                    $"{pair.Left} vs {pair.Right}, {name}", $"the scene shows the {view}, of which {string.Join(" and ", unseen)} has no photo in its data set"));
            }
        }

        return pair with { Scenes = scenes };
    }

    /// <summary>A pair that is listed, whichever side is left, is not made by the rule again.</summary>
    private static IEnumerable<ChosenPair> ByRule(ComparisonsConfiguration configuration, ComparisonRule rule, IReadOnlyList<ComparisonCandidate> ready)
    {
        var listed = configuration.Pairs.SelectMany(p => new[] { (p.Left, p.Right), (p.Right, p.Left) }).ToHashSet();
        var pairs =
            from i in Enumerable.Range(0, ready.Count)
            from j in Enumerable.Range(i + 1, ready.Count - i - 1)
            let left = ready[i]
            let right = ready[j]
            where !listed.Contains((left.ModelKey, right.ModelKey))
            where !rule.SameSegment || (left.Segment.Length > 0 && string.Equals(left.Segment, right.Segment, StringComparison.OrdinalIgnoreCase))
            where rule.MaxPriceRatio is not { } ratio || IsWithin(left.Price, right.Price, (decimal)ratio)
            select Chosen(configuration, left.ModelKey, right.ModelKey, rule.Scenes, rule.Template);
        return pairs.Take(rule.MaxPairs);
    }

    /// <summary>A car whose price nobody knows is in no band.</summary>
    private static bool IsWithin(decimal one, decimal other, decimal ratio) => Math.Min(one, other) is var low && low > 0 && Math.Max(one, other) <= low * ratio;

    private static ChosenPair Chosen(ComparisonsConfiguration configuration, string left, string right, IReadOnlyList<string> scenes, string? template) =>
        new(left, right, scenes.Count > 0 ? scenes : [.. configuration.Scenes.Select(s => s.Name)], template ?? configuration.DefaultTemplate);

    private static string? Objection(string key, Dictionary<string, ComparisonCandidate> byKey) =>
        byKey.TryGetValue(key, out var candidate)
            ? candidate.Objection
            : $"there is no car model '{key}'.{NearestName.Hint(key, byKey.Keys)}";
}
