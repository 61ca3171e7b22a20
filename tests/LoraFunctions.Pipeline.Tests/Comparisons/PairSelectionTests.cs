using LoraFunctions.Pipeline.Comparisons;
using LoraFunctions.Pipeline.Night;

namespace LoraFunctions.Pipeline.Tests.Comparisons;

public sealed class PairSelectionTests
{
    private static readonly ComparisonCandidate[] s_candidates =
    [
        new("a", "suv", null),
        new("b", "SUV", null),
        new("c", "suv", "c has no LoRA yet (12 photos)"),
        new("d", "sedan", null),
        new("e", "suv", null),
        new("f", "", null),
        new("g", "", null),
    ];

    [Fact]
    public void Select_ListedPairs_KeepTheirOrderScenesAndTemplate()
    {
        var (pairs, leftOut) = Select([new("d", "a", ["rain"], "close"), new("a", "b", [], null)], rule: null);

        Text(pairs).ShouldBe(["d-vs-a rain close", "a-vs-b street,rain wide"]);
        leftOut.ShouldBeEmpty();
    }

    [Fact]
    public void Select_PairThatCannotBe_IsLeftOutWithEveryReason()
    {
        var (pairs, leftOut) = Select([new("c", "ee", [], null)], rule: null);

        pairs.ShouldBeEmpty();
        leftOut.ShouldBe([new ReportedProblem("c vs ee", "c has no LoRA yet (12 photos); there is no car model 'ee'. Did you mean 'e'?")]);
    }

    [Fact]
    public void Select_RuleOfOneSegment_PairsWhatIsReadyOnce()
    {
        var (pairs, leftOut) = Select([new("b", "a", ["rain"], null)], new ComparisonRule(true, 10, [], null));

        Text(pairs).ShouldBe(["b-vs-a rain wide", "a-vs-e street,rain wide", "b-vs-e street,rain wide"]);
        leftOut.ShouldBeEmpty();
    }

    [Fact]
    public void Select_RuleOverSegments_StopsAtItsLimit()
    {
        var (pairs, _) = Select([], new ComparisonRule(false, 4, ["rain"], "close"));

        Text(pairs).ShouldBe(["a-vs-b rain close", "a-vs-d rain close", "a-vs-e rain close", "a-vs-f rain close"]);
    }

    [Fact]
    public void Select_RuleOfOnePriceBand_PairsWhatCostsAboutTheSame()
    {
        ComparisonCandidate[] cars = [new("a", "suv", null, 200_000), new("b", "suv", null, 300_000), new("c", "suv", null, 301_000), new("d", "suv", null, 0), new("e", "sedan", null, 200_000)];

        var (pairs, _) = Select([], new ComparisonRule(true, 10, ["rain"], "close", MaxPriceRatio: 1.5), cars);

        Text(pairs).ShouldBe(["a-vs-b rain close", "b-vs-c rain close"]);
    }

    [Fact]
    public void Select_SceneOfAViewThatPhotosLack_IsLeftOutByName()
    {
        ComparisonCandidate[] cars =
        [
            new("a", "suv", null, Views: new HashSet<string> { "front", "rear" }), new("b", "suv", null, Views: new HashSet<string> { "front" }), new("c", "suv", null),
        ];
        ComparisonScene back = new("back", "street") { View = "rear view" };

        var (pairs, leftOut) = Select([new("a", "b", [], null), new("b", "a", ["back"], null), new("a", "c", ["back"], null)], null, cars, [back]);

        Text(pairs).ShouldBe(["a-vs-b street,rain wide", "a-vs-c back wide"]);
        leftOut.ShouldBe(
        [
            new ReportedProblem("a vs b, back", "the scene shows the rear, of which b has no photo in its data set"),
            new ReportedProblem("b vs a, back", "the scene shows the rear, of which b has no photo in its data set"),
        ]);
    }

    private static (IReadOnlyList<ChosenPair> Pairs, IReadOnlyList<ReportedProblem> LeftOut) Select(
        ComparisonPair[] pairs,
        ComparisonRule? rule,
        IReadOnlyList<ComparisonCandidate>? candidates = null,
        ComparisonScene[]? more = null) =>
        PairSelection.Select(
            new ComparisonsConfiguration(
                [1],
                [new("street", "street"), new("rain", "rain"), .. more ?? []],
                new Dictionary<string, ComparisonTemplate>(),
                "wide",
                pairs,
                rule),
            candidates ?? s_candidates);

    private static IEnumerable<string> Text(IEnumerable<ChosenPair> pairs) => pairs.Select(p => $"{p.Left}-vs-{p.Right} {string.Join(',', p.Scenes)} {p.Template}");
}
