using LoraFunctions.Pipeline.Comparisons;
using LoraFunctions.Pipeline.Datasets;
using LoraFunctions.Pipeline.Jobs;
using LoraFunctions.Pipeline.Library;
using LoraFunctions.Pipeline.Listings;
using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Orchestration;
using LoraFunctions.Pipeline.Training;

namespace LoraFunctions.Pipeline.Tests.Replaying;

/// <summary>Every orchestrator is run again from its recorded results, with answers in any order, and must make the same calls.</summary>
public sealed class ReplayTests
{
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
        ["a chunk of listings is lost"] = new() { Failing = { nameof(ListingsOrchestrator) } },
        ["a chunk of data sets is lost"] = new() { Failing = { nameof(DatasetsOrchestrator) } },
        ["a chunk of trainings is lost"] = new() { Failing = { nameof(TrainAndRenderOrchestrator) } },
        ["no report"] = new() { Failing = { nameof(WriteNightReport) } },
    };

    [Theory]
    [MemberData(nameof(Worlds))]
    public void Night_ReplayedAndShuffled_MakesTheSameCalls(string world) =>
        Replay.DemandSameCallsInAnyOrder(nameof(NightOrchestrator), s_worlds[world].Input, "nightly-20250302", s_worlds[world].Answer);

    [Fact]
    public void Night_OfSeveralChunks_MakesTheSameCalls()
    {
        var night = new FakeNight { AtOnce = 9, Listings = [.. Enumerable.Range(10, Chunks.Size + 2).Select(i => $"m{i}1")], Pairs = [new("model-m10", "model-m51", ["street"], "wide")] };

        Replay.DemandSameCallsInAnyOrder(nameof(NightOrchestrator), night.Input, "nightly-20250302", night.Answer);
    }

    /// <summary>The night's own sub-orchestrations, with the inputs that it gave them.</summary>
    [Theory]
    [MemberData(nameof(Worlds))]
    public void Chunks_ReplayedAndShuffled_MakeTheSameCalls(string world)
    {
        s_worlds[world].RunNight();
        foreach (var call in s_worlds[world].Calls.Where(c => c.InstanceId.Count(':'.Equals) == 2 && c.Kind == CallKind.Orchestrator).Distinct().ToList())
        {
            var input = System.Text.Json.JsonSerializer.Deserialize(call.Input, OrchestratorRun.Orchestrator(call.Name).InputType, ContractJson.Options)!;
            Replay.DemandSameCallsInAnyOrder(call.Name, input, call.InstanceId, s_worlds[world].Answer);
        }
    }

    [Theory]
    [MemberData(nameof(Worlds))]
    public void Training_ReplayedAndShuffled_MakesTheSameCalls(string world) =>
        Replay.DemandSameCallsInAnyOrder(
            nameof(TrainingOrchestrator),
            new TrainingInput("model-b", null, "again"),
            "train:model-b:again",
            s_worlds[world].Answer);

    [Fact]
    public void Replay_OtherCallsThanRecorded_AreNoticed()
    {
        var recorded = new FakeNight().RunNight();

        Should.Throw<ShouldAssertException>(() => Replay.DemandSameCalls(nameof(NightOrchestrator), new FakeNight().Input with { Date = "2025-03-03" }, recorded));
    }
}
