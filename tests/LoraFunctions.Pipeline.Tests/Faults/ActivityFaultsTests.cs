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

    [Fact]
    public void Night_PhotoThatClipRejects_IsInEveryReportByNameWithItsReason()
    {
        undisturbed.Reports.Keys.Select(name => name.Split('/')[^1].Split("-label-")[0]).Order(StringComparer.Ordinal)
            .ShouldBe(["gate-report", "gate-report.html", "gate-report.html", "gate-report.json", "gate-report.json", "gate-report.json", "gate-report.json"]);
        foreach (var (name, text) in undisturbed.Reports)
        {
            // The first look at a listing, before CLIP, and the other car know nothing of it.
            text.Contains("img1.png has a tree before the car.", StringComparison.Ordinal)
                .ShouldBe(name.Contains("-label-", StringComparison.Ordinal) || name.StartsWith("nimbus-aero", StringComparison.Ordinal), name);
        }
    }

    /// <summary>Two cars of three photos are enough to call every activity.</summary>
    private static async Task<NightStage> StageAsync(FaultyTransport transport)
    {
        var stage = await NightStage.StartAsync(transport, ("Nightly:MinPhotos", "1"));
        await stage.AddVehicleAsync("1001", "Nimbus", "Aero", "2025-02-01");
        await stage.AddPhotosAsync("1001", seed: 10, count: 2);
        stage.Worker.Rejects = photo => photo.Name == "1001/img1.png";
        await stage.AddVehicleAsync("2001", "Terra", "Kite", "2025-02-03");
        await stage.AddPhotosAsync("2001", seed: 30, count: 1);
        return stage;
    }

    /// <summary>The same night without a fault.</summary>
    public sealed class Undisturbed : IAsyncLifetime
    {
        public SortedDictionary<string, string> Files { get; private set; } = [];

        /// <summary>The gate's reports, by their names in <c>datasets</c>.</summary>
        public SortedDictionary<string, string> Reports { get; } = new(StringComparer.Ordinal);

        public async ValueTask InitializeAsync()
        {
            var transport = new FaultyTransport();
            await using var stage = await StageAsync(transport);
            await Task.Run(new NightUnderFaults(stage, transport, fault: null).Run);
            Files = await stage.SnapshotAsync();
            foreach (var blob in await stage.Blobs.ListAsync(ContainerNames.Datasets, "", default))
            {
                if (blob.Name.Contains("/gate-report", StringComparison.Ordinal))
                {
                    Reports.Add(blob.Name, await stage.ReadAsync(ContainerNames.Datasets, blob.Name));
                }
            }
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
