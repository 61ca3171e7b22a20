using System.Text;
using System.Text.Json;
using LoraFunctions.Pipeline.Api;
using LoraFunctions.Pipeline.Datasets;
using LoraFunctions.Pipeline.Listings;
using LoraFunctions.Pipeline.Night;
using LoraFunctions.Support;
using Microsoft.Extensions.DependencyInjection;

namespace LoraFunctions.Pipeline.Tests.Night;

/// <summary>
/// What is new is found without looking through the archive, and nothing is lost: on a real storage, night after night. A night here is its plan and the data
/// sets that take in what it planned.
/// </summary>
public sealed class NightPlannerTests
{
    private static readonly DateTime s_asOf = new(2025, 3, 2, 18, 0, 0, DateTimeKind.Utc);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Six listings of three blobs: slices of every size end before, within and behind a listing's folder.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(7)]
    [InlineData(17)]
    [InlineData(18)]
    public async Task Plan_NobodyMarksAnything_FindsEveryListingOnceInItsTurn(int blobsPerNight)
    {
        await using var stage = await StageAsync(blobsPerNight, listings: 6);
        var found = new List<string>();

        for (var night = 0; night <= 18 / blobsPerNight; night++)
        {
            found.AddRange((await NightAsync(stage)).Listings.Select(l => l.ListingId));
        }

        found.Order(StringComparer.Ordinal).ShouldBe(["1000", "1001", "1002", "1003", "1004", "1005"]);
        (await NightAsync(stage)).Listings.ShouldBeEmpty();
        (await MarksAsync(stage)).ShouldBeEmpty("each is done with");
    }

    /// <summary>A photo that comes late, one that is replaced, one that is taken out, another vehicle.json.</summary>
    [Theory]
    [InlineData("late.png")]
    [InlineData("img0.png")]
    [InlineData("-img1.png")]
    [InlineData("vehicle.json")]
    public async Task Plan_ListingOfTheArchiveChanges_IsFoundByItsMarkAndDoneWithAfterIt(string file)
    {
        await using var stage = await StageAsync(blobsPerNight: 1, listings: 3);
        await TakeAllInAsync(stage);
        await ChangeAsync(stage, "1002", file);
        await stage.Services.GetRequiredService<ListingEvents>().MarkAsync(Event($"1002/{file.TrimStart('-')}"), Stop);

        (await NightAsync(stage)).Listings.Select(l => l.ListingId).ShouldBe(["1002"]);
        (await MarksAsync(stage)).ShouldBe(["1002"], "until a night sees that it is in");
        (await NightAsync(stage)).Listings.ShouldBeEmpty();
        (await MarksAsync(stage)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("late.png")]
    [InlineData("vehicle.json")]
    public async Task Plan_ListingChangesAndTheEventIsLost_IsFoundWhenItsTurnComes(string file)
    {
        await using var stage = await StageAsync(blobsPerNight: 2, listings: 3);
        await TakeAllInAsync(stage);
        await ChangeAsync(stage, "1001", file);

        var found = new List<string>();
        for (var night = 0; night < 6; night++)
        {
            found.AddRange((await NightAsync(stage)).Listings.Select(l => l.ListingId));
        }

        found.ShouldBe(["1001"]);
    }

    [Fact]
    public async Task Plan_ListingIsNotTakenIn_IsThereAgainTheNextNightWhereverTheRoundIs()
    {
        await using var stage = await StageAsync(blobsPerNight: 3, listings: 3);
        var first = (await PlanAsync(stage)).Listings.Select(l => l.ListingId).ToList();

        var second = (await PlanAsync(stage)).Listings.Select(l => l.ListingId).ToList();

        first.ShouldBe(["1000"]);
        second.ShouldBe(["1000", "1001"]);
    }

    [Fact]
    public async Task Plan_ListingIsDeleted_KeepsItsPhotosAndForgetsTheMark()
    {
        await using var stage = await StageAsync(blobsPerNight: 1, listings: 2);
        await TakeAllInAsync(stage);
        foreach (var file in new[] { "img0.png", "img1.png", "vehicle.json" })
        {
            await stage.Blobs.RemoveAsync(ContainerNames.VehiclePhotos, $"1001/{file}", Stop);
        }

        await stage.Services.GetRequiredService<ListingEvents>().MarkAsync(Event("1001/vehicle.json"), Stop);
        var plan = await NightAsync(stage);

        plan.Listings.ShouldBeEmpty();
        plan.Left.ShouldBeEmpty();
        plan.Problems.ShouldBeEmpty();
        (await MarksAsync(stage)).ShouldBeEmpty();
        (await stage.Services.GetRequiredService<DatasetStore>().AllAsync(Stop)).SelectMany(d => d.Listings).Select(l => l.ListingId).ShouldBe(["1000", "1001"]);
    }

    [Fact]
    public async Task Plan_ListingIsWithdrawn_StaysMarkedUntilItHasLeft()
    {
        await using var stage = await StageAsync(blobsPerNight: 1, listings: 2);
        await TakeAllInAsync(stage);
        await stage.PutAsync(ContainerNames.VehiclePhotos, "1001/vehicle.json", """{"make": "Nimbus", "model": "Aero", "released": true, "withdrawn": true, "listedAt": "2025-02-01T00:00Z"}""");
        await stage.Services.GetRequiredService<ListingEvents>().MarkAsync(Event("1001/vehicle.json"), Stop);

        (await PlanAsync(stage)).Left["nimbus-aero"].ShouldBe(["1001"]);
        (await NightAsync(stage)).Left["nimbus-aero"].ShouldBe(["1001"], "the night before did not come that far");
        (await NightAsync(stage)).Left.ShouldBeEmpty();
        (await MarksAsync(stage)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Plan_VehicleIsBroken_IsReportedEveryNightUntilItIsMended()
    {
        await using var stage = await StageAsync(blobsPerNight: 1, listings: 2);
        await TakeAllInAsync(stage);
        await stage.PutAsync(ContainerNames.VehiclePhotos, "1000/vehicle.json", "{");
        await stage.Services.GetRequiredService<ListingEvents>().MarkAsync(Event("1000/vehicle.json"), Stop);

        for (var night = 0; night < 3; night++)
        {
            (await NightAsync(stage)).Problems.ShouldHaveSingleItem().Subject.ShouldBe("vehicle-photos/1000");
        }

        await stage.AddVehicleAsync("1000", "Nimbus", "Aero", "2025-02-03");
        (await NightAsync(stage)).Listings.ShouldHaveSingleItem().ListingId.ShouldBe("1000");
    }

    [Fact]
    public async Task Unmark_MarkedAgainSinceItWasListed_LeavesTheMark()
    {
        await using var stage = await StageAsync(blobsPerNight: 1, listings: 0);
        var changed = stage.Services.GetRequiredService<ChangedListings>();
        await changed.MarkAsync("1000", Stop);
        var seen = (await changed.MarksAsync(Stop)).Single();
        await changed.MarkAsync("1000", Stop);

        await changed.UnmarkAsync(seen, Stop);

        (await MarksAsync(stage)).ShouldBe(["1000"]);
    }

    [Fact]
    public async Task Plan_ToSayWhatTonightWouldDo_WritesNothing()
    {
        await using var stage = await StageAsync(blobsPerNight: 4, listings: 3);
        await stage.Services.GetRequiredService<ListingEvents>().MarkAsync(Event("gone/img0.png"), Stop);
        var before = await AllAsync(stage);

        (await stage.Services.GetRequiredService<NightPlanner>().PlanAsync("", remember: false)).Listings.ShouldNotBeEmpty();

        (await AllAsync(stage)).ShouldBe(before);
    }

    /// <summary>Whether ten listings lie in the archive or sixty: what a night asks of the storage is as much as is new.</summary>
    [Fact]
    public async Task Plan_StorageCalls_AreThoseOfTheNewListings()
    {
        var (small, large) = (new FaultyTransport(), new FaultyTransport());
        await using var few = await StageAsync(blobsPerNight: 2, listings: 10, small);
        await using var many = await StageAsync(blobsPerNight: 2, listings: 60, large);
        await TakeAllInAsync(few);
        await TakeAllInAsync(many);

        (await CallsAsync(few, small, newOnes: 0)).ShouldBe(await CallsAsync(many, large, newOnes: 0));
        var (two, five) = (await CallsAsync(few, small, newOnes: 2), await CallsAsync(many, large, newOnes: 5));
        (five - two).ShouldBe(3 * 2, "a list and a vehicle.json for each");
    }

    [Theory]
    [InlineData("{\"subject\": \"/blobServices/default/containers/vehicle-photos/blobs/1001/img 1.png\"}", "1001")]
    [InlineData("{\"specversion\": \"1.0\", \"subject\": \"/blobServices/default/containers/vehicle-photos/blobs/1002/vehicle.json\"}", "1002")]
    [InlineData("{\"subject\": \"/blobServices/default/containers/vehicle-photos/blobs/stray.png\"}", null)]
    public async Task ListingEvent_OfEitherSchema_MarksTheListing(string message, string? marked)
    {
        await using var stage = await StageAsync(blobsPerNight: 1, listings: 0);
        var events = stage.Services.GetRequiredService<ListingEvents>();

        await events.MarkAsync(message, Stop);
        await events.MarkAsync(Convert.ToBase64String(Encoding.UTF8.GetBytes(message)), Stop);

        (await MarksAsync(stage)).ShouldBe(marked is null ? [] : [marked]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("{\"subject\": \"/blobServices/default/containers/jobs/blobs/a/b\"}")]
    public async Task ListingEvent_IsNone_IsLeftToTheQueue(string message)
    {
        await using var stage = await StageAsync(blobsPerNight: 1, listings: 0);

        await Should.ThrowAsync<JsonException>(async () => await stage.Services.GetRequiredService<ListingEvents>().MarkAsync(message, Stop));
    }

    private static async Task<NightStage> StageAsync(int blobsPerNight, int listings, FaultyTransport? transport = null)
    {
        var stage = await NightStage.StartAsync(transport, ("Nightly:ArchiveBlobsPerNight", $"{blobsPerNight}"));
        for (var at = 0; at < listings; at++)
        {
            await stage.AddVehicleAsync($"{1000 + at}", "Nimbus", "Aero", "2025-02-01");
            await stage.PutAsync(ContainerNames.VehiclePhotos, $"{1000 + at}/img0.png", "a");
            await stage.PutAsync(ContainerNames.VehiclePhotos, $"{1000 + at}/img1.png", "b");
        }

        return stage;
    }

    private static Task<NightPlan> PlanAsync(NightStage stage) => stage.Services.GetRequiredService<NightPlanner>().PlanAsync("2025-03-02", remember: true);

    private static async Task<NightPlan> NightAsync(NightStage stage)
    {
        var plan = await PlanAsync(stage);
        var datasets = stage.Services.GetRequiredService<DatasetStore>();
        foreach (var model in plan.ModelKeys)
        {
            LabelledListing[] incoming =
            [
                .. plan.Listings.Where(l => l.ModelKey == model)
                    .Select(l => new LabelledListing(new ListingGateReport(1, l.ListingId, l.ListingKey, l.ModelKey, l.Vehicle, [], []), new Dictionary<string, string>())),
            ];
            await datasets.UpdateAsync(model, incoming, plan.Left.GetValueOrDefault(model, []), s_asOf, Stop);
        }

        return plan;
    }

    /// <summary>All that is there, as an archive that grew over many nights.</summary>
    private static async Task TakeAllInAsync(NightStage stage)
    {
        var all = (await stage.Blobs.ListAsync(ContainerNames.VehiclePhotos, "", Stop)).Select(b => b.Name.Split('/')[0]).Distinct().ToList();
        var changed = stage.Services.GetRequiredService<ChangedListings>();
        await Task.WhenAll(all.Select(id => changed.MarkAsync(id, Stop)));
        (await NightAsync(stage)).Listings.Count.ShouldBe(all.Count);
        (await NightAsync(stage)).Listings.ShouldBeEmpty();
        (await MarksAsync(stage)).ShouldBeEmpty();
    }

    private static async Task<int> CallsAsync(NightStage stage, FaultyTransport transport, int newOnes)
    {
        for (var at = 0; at < newOnes; at++)
        {
            await stage.AddVehicleAsync($"new-{at}", "Nimbus", "Aero", "2025-02-28");
            await stage.Services.GetRequiredService<ChangedListings>().MarkAsync($"new-{at}", Stop);
        }

        var before = transport.Sent.Count;
        (await stage.Services.GetRequiredService<NightPlanner>().PlanAsync("", remember: false)).Listings.Count.ShouldBe(newOnes);
        return transport.Sent.Count - before;
    }

    private static async Task ChangeAsync(NightStage stage, string listing, string file)
    {
        if (file == "vehicle.json")
        {
            await stage.AddVehicleAsync(listing, "Nimbus", "Aero", "2025-02-09");
        }
        else if (file.StartsWith('-'))
        {
            await stage.Blobs.RemoveAsync(ContainerNames.VehiclePhotos, $"{listing}/{file[1..]}", Stop);
        }
        else
        {
            await stage.PutAsync(ContainerNames.VehiclePhotos, $"{listing}/{file}", "another");
        }
    }

    private static string Event(string blob) => $$"""{"subject": "/blobServices/default/containers/vehicle-photos/blobs/{{blob}}", "eventType": "Microsoft.Storage.BlobCreated"}""";

    private static async Task<List<string>> MarksAsync(NightStage stage) =>
        [.. (await stage.Blobs.ListAsync(ContainerNames.ChangedListings, "", Stop)).Select(m => m.Name)];

    private static async Task<List<string>> AllAsync(NightStage stage)
    {
        var all = new List<string>();
        foreach (var container in ContainerNames.All)
        {
            all.AddRange((await stage.Blobs.ListAsync(container, "", Stop)).Select(b => $"{container}/{b.Name} {b.ETag}"));
        }

        return all;
    }
}
