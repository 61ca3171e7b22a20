using LoraFunctions.Pipeline.Datasets;
using LoraFunctions.Pipeline.Library;
using LoraFunctions.Pipeline.Listings;
using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Storage;
using LoraFunctions.Pipeline.Training;

namespace LoraFunctions.EndToEnd.Night;

/// <summary>The pipeline's orchestrators and activities on real blobs and queues; only the GPU's work is paper.</summary>
public sealed class PipelineNightTests
{
    [Fact]
    public async Task Night_ThreeCars_TrainsTwoPublishesPicturesAndReportsTheThird()
    {
        await using var stage = await NightStage.StartAsync();
        await stage.AddListingsAsync();

        var report = await stage.RunAsync();

        report.Problems.ShouldBeEmpty();
        report.Status.ShouldBe(NightStatus.Succeeded);
        report.Listings.Select(l => (l.ListingId, l.Status, l.Accepted, l.Rejected)).ShouldBe(
        [
            ("1001", ListingStatus.Labelled, 3, 2),
            ("1002", ListingStatus.Labelled, 3, 0),
            ("2001", ListingStatus.Labelled, 4, 0),
            ("3001", ListingStatus.Labelled, 1, 0),
        ]);
        report.Models.Select(m => (m.ModelKey, m.Status, m.Photos, m.Reason)).ShouldBe(
        [
            ("nimbus-aero", CarModelStatus.Trained, 5, null),
            ("terra-kite", CarModelStatus.Trained, 4, null),
            ("volta-sol", CarModelStatus.Waiting, 1, "it has 1 of 4 photos; 3 more must pass the gate"),
        ]);
        report.Pictures.ShouldBe(4);
        await stage.CheckDatasetAsync();
        await stage.CheckLibraryAsync();
    }

    [Fact]
    public async Task Night_RunAgain_DoesNothingAgainAndChangesNothing()
    {
        await using var stage = await NightStage.StartAsync();
        await stage.AddListingsAsync();
        await stage.RunAsync();
        var before = await stage.SnapshotAsync();
        var jobs = stage.Worker.Done.Count;

        await stage.RunAsync();

        stage.Worker.Done.Count.ShouldBe(jobs);
        (await stage.SnapshotAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task Night_InAnotherStorage_MakesTheSameFiles()
    {
        await using var one = await NightStage.StartAsync();
        await using var other = await NightStage.StartAsync();
        await one.AddListingsAsync();
        await other.AddListingsAsync();

        await Task.WhenAll(one.RunAsync(), other.RunAsync());

        (await one.SnapshotAsync()).ShouldBe(await other.SnapshotAsync());
    }

    [Fact]
    public async Task Night_NextDay_TakesNewPhotosInKeepsThoseOfSoldCarsAndTrainsAgain()
    {
        await using var stage = await NightStage.StartAsync();
        await stage.AddListingsAsync();
        await stage.RunAsync();
        foreach (var blob in await stage.Blobs.ListAsync(ContainerNames.VehiclePhotos, "1001/", default))
        {
            await stage.Service.GetBlobContainerClient(ContainerNames.VehiclePhotos).DeleteBlobAsync(blob.Name);
        }

        await stage.AddVehicleAsync("1003", "Nimbus", "Aero", "2025-03-02");
        await stage.AddPhotosAsync("1003", seed: 50, count: 2);

        var report = await stage.RunAsync("2025-03-03");

        report.Listings.Select(l => l.ListingId).ShouldBe(["1003"]);
        report.Models.Select(m => (m.ModelKey, m.Status, m.Photos)).ShouldBe(
        [
            ("nimbus-aero", CarModelStatus.Trained, 7),
            ("terra-kite", CarModelStatus.UpToDate, 4),
            ("volta-sol", CarModelStatus.Waiting, 1),
        ]);
        var pictures = (await stage.ReadJsonAsync<AssetManifest>(ContainerNames.AssetLibrary, "2025-03-03/manifest.json")).Pictures;
        var lora = await stage.ReadJsonAsync<PublishedLora>(ContainerNames.Loras, "nimbus-aero/latest.json");
        pictures.ShouldAllBe(p => p.Left.LoraSha256 == lora.Sha256);
        (await stage.ReadJsonAsync<AssetPointer>(ContainerNames.AssetLibrary, "latest.json")).Date.ShouldBe("2025-03-03");
    }

    [Fact]
    public async Task Night_WarmStart_BeginsWithTheLastLoraWhereTheYamlIsTheSame()
    {
        await using var stage = await NightStage.StartAsync(("Nightly:WarmStart", "true"));
        await stage.AddListingsAsync();
        await stage.RunAsync();
        var first = await LoraAsync();
        await stage.AddVehicleAsync("1003", "Nimbus", "Aero", "2025-03-02");
        await stage.AddPhotosAsync("1003", seed: 50, count: 2);
        await stage.RunAsync("2025-03-03");
        var second = await LoraAsync();
        await stage.AddVehicleAsync("1004", "Nimbus", "Aero", "2025-03-03");
        await stage.AddPhotosAsync("1004", seed: 70, count: 2);
        await stage.PutAsync(ContainerNames.Config, "training/nimbus-aero.yaml", "lora_rank: 8");
        await stage.RunAsync("2025-03-04");

        (await StartAsync(first)).ShouldBeNull();
        (await StartAsync(second)).ShouldBe(first.Sha256);
        (await StartAsync(await LoraAsync())).ShouldBeNull("of another rank");

        Task<PublishedLora> LoraAsync() => stage.ReadJsonAsync<PublishedLora>(ContainerNames.Loras, "nimbus-aero/latest.json");
        async Task<string?> StartAsync(PublishedLora lora) =>
            (await stage.ReadJsonAsync<TrainJobSpec>(ContainerNames.Jobs, $"{lora.JobId}/spec.json")).StartFrom?.Sha256;
    }

    /// <summary>A seller corrects the model, another takes a car back: both leave the data set they were in, and a rejected twin takes the place.</summary>
    [Fact]
    public async Task Night_ListingsMoveAndAreWithdrawn_LeaveTheirDataSets()
    {
        await using var stage = await NightStage.StartAsync();
        await stage.AddListingsAsync();
        await stage.RunAsync();
        await stage.PutAsync(
            ContainerNames.VehiclePhotos,
            "1001/vehicle.json",
            """{"make": "Nimbus", "model": "Aero", "released": true, "withdrawn": true, "listedAt": "2025-02-01T00:00Z"}""");
        await stage.AddVehicleAsync("3001", "Nimbus", "Aero", "2025-02-04");

        var report = await stage.RunAsync("2025-03-03");

        report.Problems.ShouldBeEmpty();
        report.Listings.Select(l => (l.ListingId, l.ModelKey)).ShouldBe([("3001", "nimbus-aero")]);
        report.Models.Select(m => (m.ModelKey, m.Photos)).ShouldBe([("nimbus-aero", 4), ("terra-kite", 4), ("volta-sol", 0)]);
        var pointer = await stage.ReadJsonAsync<DatasetPointer>(ContainerNames.Datasets, "nimbus-aero/latest.json");
        (await stage.ReadJsonAsync<DatasetManifest>(ContainerNames.Datasets, $"nimbus-aero/{pointer.Digest}/dataset.json")).Photos.Select(p => p.File)
            .ShouldBe(["1002-img0.png", "1002-img1.png", "1002-twice.png", "3001-img0.png"]);
    }

    [Fact]
    public async Task Night_GateLimitsChange_PhotosAreJudgedAgain()
    {
        await using var stage = await NightStage.StartAsync();
        await stage.AddListingsAsync();
        await stage.RunAsync();
        stage.Configuration["Gate:MinShorterSide"] = "65";

        var report = await stage.RunAsync("2025-03-03");

        report.Listings.ShouldAllBe(l => l.Status == ListingStatus.NothingAccepted);
        report.Models.ShouldAllBe(m => m.Photos == 0);
    }

    [Fact]
    public async Task Night_NothingNew_RendersNothingAgainAndPublishesTheDay()
    {
        await using var stage = await NightStage.StartAsync();
        await stage.AddListingsAsync();
        await stage.RunAsync();
        var jobs = stage.Worker.Done.Count;

        var report = await stage.RunAsync("2025-03-03");

        report.Listings.ShouldBeEmpty();
        report.Pictures.ShouldBe(4);
        stage.Worker.Done.Count.ShouldBe(jobs);
    }

    [Fact]
    public async Task Night_UnreleasedCar_IsNeitherTrainedNorRendered()
    {
        await using var stage = await NightStage.StartAsync();
        await stage.AddListingsAsync();
        await stage.AddVehicleAsync("2002", "Terra", "Kite", "2025-02-28", released: false);
        await stage.AddPhotosAsync("2002", seed: 60, count: 1);

        var report = await stage.RunAsync();

        var kite = report.Models.Single(m => m.ModelKey == "terra-kite");
        kite.Status.ShouldBe(CarModelStatus.Waiting);
        kite.Reason.ShouldNotBeNull().ShouldContain("not released");
        report.Comparisons.ShouldBeEmpty();
    }

    [Fact]
    public async Task Night_PlannedWithoutListings_CanBeStartedAgain()
    {
        await using var stage = await NightStage.StartAsync();
        await stage.RunAsync();
        await stage.AddListingsAsync();

        var report = await stage.RunAsync();

        report.Listings.Count.ShouldBe(4);
    }
}
