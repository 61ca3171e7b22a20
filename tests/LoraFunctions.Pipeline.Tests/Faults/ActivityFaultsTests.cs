using LoraFunctions.Pipeline.Night;
using LoraFunctions.Support;

namespace LoraFunctions.Pipeline.Tests.Faults;

/// <summary>Every activity under every fault of the storage: what the engine tries again succeeds in the end, and leaves what an undisturbed night leaves.</summary>
public sealed class ActivityFaultsTests(ActivityFaultsTests.Undisturbed undisturbed) : IClassFixture<ActivityFaultsTests.Undisturbed>
{
    public static TheoryData<Fault> Faults => [.. Enum.GetValues<Fault>()];

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Night_EveryActivityMeetsAFaultAtEachOfItsRequests_LeavesTheSameFiles(Fault fault)
    {
        var transport = new FaultyTransport { Patience = TimeSpan.FromMilliseconds(1) };
        await using var stage = await StageAsync(transport);
        var night = new NightUnderFaults(stage, transport, fault);

        var outcome = await Task.Run(night.Run);

        (outcome.Status, outcome.Pictures, outcome.Problems).ShouldBe((NightStatus.Succeeded, 4, 0), await stage.ReadAsync(outcome.Report.Container, outcome.Report.Name));
        string[] met = [.. night.Met.Where(m => m.Value > 0).Select(m => m.Key).Order(StringComparer.Ordinal)];
        string[] writers = [.. NightUnderFaults.Activities.Keys.Where(a => fault != Fault.Late || a is not ("LookAtListing" or "ReadJobResult" or "PlanComparisons")).Order(StringComparer.Ordinal)];
        met.ShouldBe(writers);
        (await stage.SnapshotAsync()).ShouldBe(undisturbed.Files);
    }

    /// <summary>Two cars of three photos are enough to call every activity.</summary>
    private static async Task<NightStage> StageAsync(FaultyTransport transport)
    {
        var stage = await NightStage.StartAsync(transport, ("Nightly:MinPhotos", "1"));
        await stage.AddVehicleAsync("1001", "Nimbus", "Aero", "2025-02-01");
        await stage.AddPhotosAsync("1001", seed: 10, count: 2);
        await stage.AddVehicleAsync("2001", "Terra", "Kite", "2025-02-03");
        await stage.AddPhotosAsync("2001", seed: 30, count: 1);
        return stage;
    }

    /// <summary>The same night without a fault.</summary>
    public sealed class Undisturbed : IAsyncLifetime
    {
        public SortedDictionary<string, string> Files { get; private set; } = [];

        public async ValueTask InitializeAsync()
        {
            var transport = new FaultyTransport();
            await using var stage = await StageAsync(transport);
            await Task.Run(new NightUnderFaults(stage, transport, fault: null).Run);
            Files = await stage.SnapshotAsync();
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
