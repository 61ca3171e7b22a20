using LoraFunctions.Pipeline.Comparisons;
using LoraFunctions.Pipeline.Datasets;
using LoraFunctions.Pipeline.Jobs;
using LoraFunctions.Pipeline.Library;
using LoraFunctions.Pipeline.Listings;
using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Training;

namespace LoraFunctions.Pipeline.Tests.Replaying;

/// <summary>Every orchestrator is run again from its recorded results, with answers in any order, and must make the same calls.</summary>
public sealed class ReplayTests
{
    private static readonly PlannedListing s_listing = new("a1", "model-a", "key-a1", FakeNight.Vehicle);

    public static TheoryData<string> Worlds => [.. s_worlds.Keys];

    private static readonly Dictionary<string, FakeNight> s_worlds = new()
    {
        ["everything works"] = new(),
        ["one at a time"] = new() { AtOnce = 1 },
        ["all at once"] = new() { AtOnce = 100 },
        ["a gate fails"] = new() { Failing = { $"{nameof(GateListing)} a2" } },
        ["labels fail"] = new() { FailingJobs = { "label-b1" } },
        ["training fails"] = new() { FailingJobs = { "train-model-b" } },
        ["data sets fail"] = new() { Failing = { nameof(AssembleDataset) } },
        ["no comparisons"] = new() { Failing = { nameof(PlanComparisons) } },
        ["a picture fails"] = new() { FailingJobs = { "render-night" } },
        ["publishing fails"] = new() { Failing = { nameof(PublishNight) } },
        ["no plan"] = new() { Failing = { nameof(PlanNight) } },
        ["the queue is down"] = new() { Failing = { nameof(SubmitGpuJob) } },
        ["no render jobs"] = new() { Failing = { nameof(PrepareRenderJobs) } },
        ["a deadline in the trainings"] = new() { AtOnce = 1, Deadline = OrchestratorRun.Begin.AddMinutes(95) },
        ["no report"] = new() { Failing = { nameof(WriteNightReport) } },
    };

    [Theory]
    [MemberData(nameof(Worlds))]
    public void Night_ReplayedAndShuffled_MakesTheSameCalls(string world) =>
        Replay.DemandSameCallsInAnyOrder(nameof(NightOrchestrator), s_worlds[world].Input, "nightly-20250302", s_worlds[world].Answer);

    [Theory]
    [MemberData(nameof(Worlds))]
    public void Listing_ReplayedAndShuffled_MakesTheSameCalls(string world) =>
        Replay.DemandSameCallsInAnyOrder(
            nameof(ListingOrchestrator),
            new ListingInput(s_listing, null),
            "nightly-20250302:a1",
            s_worlds[world].Answer);

    [Theory]
    [MemberData(nameof(Worlds))]
    public void Training_ReplayedAndShuffled_MakesTheSameCalls(string world) =>
        Replay.DemandSameCallsInAnyOrder(
            nameof(TrainingOrchestrator),
            new TrainingRequest("model-b", null, "again"),
            "train:model-b:again",
            s_worlds[world].Answer);

    [Fact]
    public void Replay_OtherCallsThanRecorded_AreNoticed()
    {
        var recorded = new FakeNight().RunNight();

        Should.Throw<ShouldAssertException>(() => Replay.DemandSameCalls(nameof(NightOrchestrator), new FakeNight().Input with { Date = "2025-03-03" }, recorded));
    }
}
