using LoraFunctions.Pipeline.Activities;
using LoraFunctions.Pipeline.Messages;
using LoraFunctions.Pipeline.Tests.Workflows.Replaying;
using LoraFunctions.Pipeline.Workflows;

namespace LoraFunctions.Pipeline.Tests.Workflows;

/// <summary>Every workflow is run again from its recorded results, with answers in any order, and must make the same calls.</summary>
public sealed class ReplayTests
{
    private static readonly PlannedListing s_listing = new("a1", "model-a", "key-a1");

    public static TheoryData<string> Worlds => [.. s_worlds.Keys];

    private static readonly Dictionary<string, FakeNight> s_worlds = new()
    {
        ["everything works"] = new(),
        ["one at a time"] = new() { AtOnce = 1 },
        ["all at once"] = new() { AtOnce = 100 },
        ["a gate fails"] = new() { Failing = { $"{ActivityNames.GateListing} a2" } },
        ["labels fail"] = new() { FailingJobs = { "label-b1" } },
        ["training fails"] = new() { FailingJobs = { "train-model-b" } },
        ["data sets fail"] = new() { Failing = { ActivityNames.AssembleDataset } },
        ["no comparisons"] = new() { Failing = { ActivityNames.PlanComparisons } },
        ["a picture fails"] = new() { FailingJobs = { "render-night" } },
        ["publishing fails"] = new() { Failing = { ActivityNames.PublishNight } },
        ["no plan"] = new() { Failing = { ActivityNames.PlanNight } },
        ["the queue is down"] = new() { Failing = { ActivityNames.SubmitGpuJob } },
        ["no report"] = new() { Failing = { ActivityNames.WriteNightReport } },
    };

    [Theory]
    [MemberData(nameof(Worlds))]
    public void Nightly_ReplayedAndShuffled_MakesTheSameCalls(string world) =>
        Replay.DemandSameCallsInAnyOrder(WorkflowNames.Nightly, FakeNight.Input, "nightly-20250302", s_worlds[world].Answer);

    [Theory]
    [MemberData(nameof(Worlds))]
    public void Listing_ReplayedAndShuffled_MakesTheSameCalls(string world) =>
        Replay.DemandSameCallsInAnyOrder(
            WorkflowNames.Listing,
            new ListingInput(FakeNight.Date, s_listing, null),
            "nightly-20250302:a1",
            s_worlds[world].Answer);

    [Theory]
    [MemberData(nameof(Worlds))]
    public void CarModel_ReplayedAndShuffled_MakesTheSameCalls(string world) =>
        Replay.DemandSameCallsInAnyOrder(
            WorkflowNames.CarModel,
            new CarModelInput(FakeNight.Date, "model-b", [new GatedAndLabelled("b1", "key-b1", FakeNight.Blob("b1"), "label-b1")], null),
            "nightly-20250302:model:model-b",
            s_worlds[world].Answer);

    [Theory]
    [MemberData(nameof(Worlds))]
    public void TrainOnDemand_ReplayedAndShuffled_MakesTheSameCalls(string world) =>
        Replay.DemandSameCallsInAnyOrder(
            WorkflowNames.TrainOnDemand,
            new TrainOnDemandInput("model-b", "again"),
            "train:model-b:again",
            s_worlds[world].Answer);

    [Theory]
    [MemberData(nameof(Worlds))]
    public void Comparison_ReplayedAndShuffled_MakesTheSameCalls(string world) =>
        Replay.DemandSameCallsInAnyOrder(
            WorkflowNames.Comparison,
            new ComparisonInput(new PlannedComparison("model-a", "model-b", "night", FakeNight.Job(JobKind.Render, "night")), null),
            "nightly-20250302:vs:model-a:model-b:night",
            s_worlds[world].Answer);

    [Fact]
    public void Replay_OtherCallsThanRecorded_AreNoticed()
    {
        var recorded = new FakeNight().RunNight();

        Should.Throw<ShouldAssertException>(() => Replay.DemandSameCalls(WorkflowNames.Nightly, new NightlyInput("2025-03-03", null), recorded));
    }
}
