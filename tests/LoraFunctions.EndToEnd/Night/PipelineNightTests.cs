using System.Collections.Concurrent;
using System.Text;
using LoraFunctions.Pipeline.Comparisons;
using LoraFunctions.Pipeline.Datasets;
using LoraFunctions.Pipeline.Jobs;
using LoraFunctions.Pipeline.Library;
using LoraFunctions.Pipeline.Listings;
using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Storage;
using LoraFunctions.Pipeline.Training;
using Microsoft.DurableTask.Client;
using Shouldly;
using Xunit;

namespace LoraFunctions.EndToEnd.Night;

/// <summary>The pipeline's orchestrators and activities on real blobs and queues; only the GPU's work is paper.</summary>
public sealed class PipelineNightTests
{
    private static readonly string[] s_products = [ContainerNames.Datasets, ContainerNames.Loras, ContainerNames.AssetLibrary, ContainerNames.Jobs];

    [Fact]
    public async Task Night_ThreeCars_TrainsTwoPublishesPicturesAndReportsTheThird()
    {
        await using var stage = await NightStage.StartAsync();
        await stage.AddListingsAsync();

        var report = (await stage.RunAsync()).ShouldNotBeNull();

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
        await CheckDatasetAsync(stage);
        await CheckLibraryAsync(stage);
    }

    [Fact]
    public async Task Night_RunAgain_DoesNothingAgainAndChangesNothing()
    {
        await using var stage = await NightStage.StartAsync();
        await stage.AddListingsAsync();
        await stage.RunAsync();
        var before = await stage.SnapshotAsync(s_products);
        var jobs = stage.Worker.Done.Count;

        await stage.RunAsync();

        stage.Worker.Done.Count.ShouldBe(jobs);
        Differences(before, await stage.SnapshotAsync(s_products)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Night_InAnotherStorage_MakesTheSameFiles()
    {
        await using var one = await NightStage.StartAsync();
        await using var other = await NightStage.StartAsync();
        await one.AddListingsAsync();
        await other.AddListingsAsync();

        await Task.WhenAll(one.RunAsync(), other.RunAsync());

        Differences(await one.SnapshotAsync(s_products), await other.SnapshotAsync(s_products)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Night_DiesAtAnyActivity_GoesOnToTheSameEnd()
    {
        await using var whole = await NightStage.StartAsync();
        await whole.AddListingsAsync();
        await whole.RunAsync();
        var expected = await whole.SnapshotAsync(s_products);
        var activities = whole.Activities.Count;
        activities.ShouldBeGreaterThan(20);

        await using var broken = await NightStage.StartAsync();
        await broken.AddListingsAsync();
        for (var died = 1; await broken.RunAsync(dieAfter: died) is null; died += 5)
        {
            died.ShouldBeLessThan(activities + 5);
        }

        Differences(expected, await broken.SnapshotAsync(s_products)).ShouldBeEmpty();
        broken.Worker.Done.Distinct().Count().ShouldBe(broken.Worker.Done.Count);
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

        var report = (await stage.RunAsync("2025-03-03")).ShouldNotBeNull();

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

        var report = (await stage.RunAsync("2025-03-03")).ShouldNotBeNull();

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

        var report = (await stage.RunAsync("2025-03-03")).ShouldNotBeNull();

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

        var report = (await stage.RunAsync("2025-03-03")).ShouldNotBeNull();

        report.Listings.ShouldBeEmpty();
        report.Pictures.ShouldBe(4);
        stage.Worker.Done.Count.ShouldBe(jobs);
    }

    [Fact]
    public async Task Night_BrokenInputs_AreNamedAndTheRestGoesOn()
    {
        await using var stage = await NightStage.StartAsync();
        await stage.AddListingsAsync();
        await stage.PutAsync(ContainerNames.VehiclePhotos, "9001/vehicle.json", "{\"make\": \"x\"}");
        await stage.PutAsync(ContainerNames.VehiclePhotos, "9002/a.png", "x");
        await stage.PutAsync(ContainerNames.VehiclePhotos, "stray.jpg", "x");
        await stage.PutAsync(ContainerNames.Config, "comparisons.yaml", "seeds: [one]\nscene: {}\n");

        var report = (await stage.RunAsync()).ShouldNotBeNull();

        report.Status.ShouldBe(NightStatus.Failed);
        report.Models.Count(m => m.Status == CarModelStatus.Trained).ShouldBe(2);
        report.Problems.Select(p => p.Subject).ShouldBe(["vehicle-photos/", "vehicle-photos/9001", "vehicle-photos/9002", "comparisons"]);
        report.Problems[1].Reason.ShouldBe("vehicle.json is broken: 'model' is missing; 'released' is missing or neither true nor false; concept cars must say false; 'listedAt' is missing; it must be an ISO 8601 time with its offset, such as 2025-03-01T09:30:00+08:00");
        report.Problems[2].Reason.ShouldBe("vehicle.json is missing beside 1 files");
        report.Problems[3].Reason.ShouldContain("comparisons.yaml:1: seeds[0]: 'one' is not a whole number");
        report.Problems[3].Reason.ShouldContain("comparisons.yaml:2: scene: unknown key. Did you mean 'scenes'?");
    }

    [Fact]
    public async Task Night_TrainingFails_IsReportedAndTriedUnderANewNameTheNextNight()
    {
        await using var stage = await NightStage.StartAsync();
        await stage.AddListingsAsync();
        stage.Worker.Fails = message => message.Kind == JobKind.Train;

        var first = (await stage.RunAsync()).ShouldNotBeNull();
        stage.Worker.Fails = _ => false;
        var second = (await stage.RunAsync("2025-03-03")).ShouldNotBeNull();

        first.Models[0].Status.ShouldBe(CarModelStatus.Failed);
        first.Models[0].Reason.ShouldNotBeNull().ShouldContain("the paper worker was told to fail");
        first.Pictures.ShouldBe(0);
        first.Manifest.ShouldBeNull();
        second.Models[0].Status.ShouldBe(CarModelStatus.Trained);
        second.Models[0].JobId.ShouldNotBe(first.Models[0].JobId);
        second.Pictures.ShouldBe(4);
    }

    [Fact]
    public async Task Night_LabelsOfAListingAreIncomplete_LeavesItOutAndNamesIt()
    {
        await using var stage = await NightStage.StartAsync();
        await stage.AddListingsAsync();
        stage.Worker.Overlooks = photo => photo.Name == "1002/img0.png";

        var report = (await stage.RunAsync()).ShouldNotBeNull();

        var problem = report.Problems.ShouldHaveSingleItem();
        problem.Subject.ShouldBe("vehicle-photos/1002");
        problem.Reason.ShouldEndWith("has no caption for the accepted photo 'img0.png'.");
        report.Models[0].Photos.ShouldBe(3);
        report.Models[1].Status.ShouldBe(CarModelStatus.Trained);
    }

    [Fact]
    public async Task Night_UnreleasedCar_IsNeitherTrainedNorRendered()
    {
        await using var stage = await NightStage.StartAsync();
        await stage.AddListingsAsync();
        await stage.AddVehicleAsync("2002", "Terra", "Kite", "2025-02-28", released: false);
        await stage.AddPhotosAsync("2002", seed: 60, count: 1);

        var report = (await stage.RunAsync()).ShouldNotBeNull();

        var kite = report.Models.Single(m => m.ModelKey == "terra-kite");
        kite.Status.ShouldBe(CarModelStatus.Waiting);
        kite.Reason.ShouldNotBeNull().ShouldContain("not released");
        report.Comparisons.ShouldBeEmpty();
    }

    [Fact]
    public async Task Night_BaseModelIsMissing_SaysWhichFileAndWhereItLooked()
    {
        await using var stage = await NightStage.StartAsync(("Nightly:BaseModel", "sd15"));
        await stage.AddListingsAsync();

        var report = (await stage.RunAsync()).ShouldNotBeNull();

        report.Models.ShouldAllBe(m => m.Status == CarModelStatus.Failed);
        report.Models[0].Reason.ShouldBe(
            $"There is no base model 'sd15': base-models/sd15/manifest.json is not there (looked in {stage.Blobs.Uri}). There is: clip, tiny.");
    }

    [Fact]
    public async Task Night_EveryActivityFailsOnce_EndsWithoutAProblem()
    {
        await using var stage = await NightStage.StartAsync();
        await stage.AddListingsAsync();
        var failed = new ConcurrentDictionary<string, bool>();
        await using var engine = await RunningEngine.StartAsync(stage, (instance, activity, output) =>
        {
            if (failed.TryAdd($"{instance} {activity} {output}", true))
            {
                throw new IOException("the answer was lost on its way");
            }
        });

        var report = await engine.RunNightAsync(NightStage.Date, deadlineUtc: null, TestContext.Current.CancellationToken);

        // Whoever submits a job for the second time may find its result, and then it is not read once more.
        failed.Keys.Select(call => call.Split(' ')[1]).Append("ReadJobResult").Distinct().Count().ShouldBe(12, "every kind of activity has failed");
        report.Status.ShouldBe(NightStatus.Succeeded);
        (report.Pictures, report.Failures()).ShouldBe((4, 0));
        await CheckLibraryAsync(stage);
    }

    /// <summary>One GPU that is lost in its second training, and a deadline: what has two LoRAs is published, the rest is carried over.</summary>
    [Fact]
    public async Task Night_DeadlineInTheMiddleOfTheTrainings_PublishesEveryPairWithTwoLoras()
    {
        await using var stage = await NightStage.StartAsync(("Nightly:TrainingTime", "00:00:10"), ("Nightly:RenderingTime", "00:00:10"));
        await stage.AddListingsAsync();
        await stage.AddVehicleAsync("4001", "Zephyr", "Zoom", "2025-02-05");
        await stage.AddPhotosAsync("4001", seed: 70, count: 4);
        stage.Worker.Loses = message => message.InstanceId.Contains("zephyr-zoom") && message.Kind == JobKind.Train;
        await using var engine = await RunningEngine.StartAsync(stage);

        var report = await engine.RunNightAsync(NightStage.Date, TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(40), TestContext.Current.CancellationToken);

        report.Models.Select(m => (m.ModelKey, m.Status)).ShouldBe(
        [
            ("nimbus-aero", CarModelStatus.Trained),
            ("terra-kite", CarModelStatus.Trained),
            ("volta-sol", CarModelStatus.Waiting),
            ("zephyr-zoom", CarModelStatus.CarriedOver),
        ]);
        report.Comparisons.Where(c => c.Status == JobOutcomeStatus.Succeeded).Select(c => $"{c.Left} {c.Right} {c.Scene}")
            .ShouldBe(["nimbus-aero terra-kite street", "nimbus-aero terra-kite rain"]);
        report.Comparisons.Where(c => c.Status != JobOutcomeStatus.Succeeded).ShouldAllBe(c => c.Reason == "zephyr-zoom has no LoRA yet (4 photos)");
        report.Pictures.ShouldBe(4);
    }

    [Fact]
    public async Task Night_CouldNotBePlanned_FailsForTheEngineAndIsStartedAgain()
    {
        await using var stage = await NightStage.StartAsync();
        await stage.AddListingsAsync();
        await stage.PutAsync(ContainerNames.Jobs, "nights/2025-03-02/plan.json", "torn");
        await using var engine = await RunningEngine.StartAsync(stage);
        var stop = TestContext.Current.CancellationToken;

        await engine.StartNightAsync(NightStage.Date, null, stop);
        var first = await engine.Client.WaitForInstanceCompletionAsync("nightly-20250302", getInputsAndOutputs: true, stop);
        await stage.Service.GetBlobContainerClient(ContainerNames.Jobs).DeleteBlobAsync("nights/2025-03-02/plan.json", cancellationToken: stop);
        var second = await engine.RunNightAsync(NightStage.Date, null, stop);

        first.RuntimeStatus.ShouldBe(OrchestrationRuntimeStatus.Failed);
        first.FailureDetails.ShouldNotBeNull().ErrorMessage.ShouldContain("The night of 2025-03-02 failed: the night's plan: jobs/nights/2025-03-02/plan.json is no NightPlan");
        second.Pictures.ShouldBe(4);
        (await stage.ReadJsonAsync<NightReport>(ContainerNames.Jobs, "nights/2025-03-02/report-2.json")).Pictures.ShouldBe(4);
    }

    /// <summary>The journal that the command has: on the emulator's tables and queues. Stopped in the middle, another process goes on by it.</summary>
    [Fact]
    public async Task Night_OnAzureStorage_GoesOnByItsJournalWhereItWasStopped()
    {
        await using var stage = await NightStage.StartAsync();
        await stage.AddListingsAsync();
        var stop = TestContext.Current.CancellationToken;
        var planned = new ConcurrentQueue<string>();
        using var gated = new SemaphoreSlim(0);
        void Observe(string instance, string activity, string output)
        {
            planned.Enqueue(activity);
            if (activity == "GateListing")
            {
                gated.Release();
            }
        }

        await using (var first = await RunningEngine.StartAsync(stage, Observe, onAzureStorage: true))
        {
            (await first.StartNightAsync(NightStage.Date, null, stop)).ShouldBeTrue();
            await gated.WaitAsync(stop);
        }

        await using var second = await RunningEngine.StartAsync(stage, Observe, onAzureStorage: true);
        (await second.StartNightAsync(NightStage.Date, null, stop)).ShouldBeFalse("it is running by its journal");
        var outcome = await second.WaitAsync<NightOutcome>("nightly-20250302", stop);
        (await second.StartNightAsync(NightStage.Date, null, stop)).ShouldBeTrue("one that ended is looked at again");
        var again = await second.WaitAsync<NightOutcome>("nightly-20250302", stop);
        (await stage.ReadAsync(again.Report.Container, again.Report.Name)).ShouldBe(await stage.ReadAsync(outcome.Report.Container, outcome.Report.Name));

        outcome.Status.ShouldBe(NightStatus.Succeeded);
        await CheckLibraryAsync(stage);
        stage.Worker.Done.Distinct().Count().ShouldBe(stage.Worker.Done.Count);
        planned.Count(activity => activity == "PlanNight").ShouldBe(2, "once, and once for the night that was looked at again");
    }

    /// <summary>A Functions app on the same account waits for results of its own; a local night used to take and delete them.</summary>
    [Fact]
    public async Task Night_BesideAFunctionsApp_LeavesItsResultsAlone()
    {
        await using var stage = await NightStage.StartAsync();
        await stage.AddListingsAsync();
        var theirs = stage.Queues.GetQueueClient(QueueNames.GpuResults);
        await theirs.CreateIfNotExistsAsync();
        var message = ContractJson.Serialize(new ResultMessage(1, "train-1", "nightly-20250302:model:x:train", "done-1"));
        await theirs.SendMessageAsync(message);

        (await stage.RunAsync()).ShouldNotBeNull().Pictures.ShouldBe(4);

        var left = (await theirs.ReceiveMessagesAsync(32)).Value;
        left.Select(m => (m.MessageText, m.DequeueCount)).ShouldBe([(message, 1L)], "it was not even looked at");
    }

    [Fact]
    public async Task Night_PlannedWithoutListings_CanBeStartedAgain()
    {
        await using var stage = await NightStage.StartAsync();
        await stage.RunAsync();
        await stage.AddListingsAsync();

        var report = (await stage.RunAsync()).ShouldNotBeNull();

        report.Listings.Count.ShouldBe(4);
    }

    private static IEnumerable<string> Differences(IReadOnlyDictionary<string, string> expected, IReadOnlyDictionary<string, string> there) =>
        expected.Keys.Union(there.Keys).Where(name => expected.GetValueOrDefault(name) != there.GetValueOrDefault(name));

    private static async Task CheckDatasetAsync(NightStage stage)
    {
        var pointer = await stage.ReadJsonAsync<DatasetPointer>(ContainerNames.Datasets, "nimbus-aero/latest.json");
        var folder = $"nimbus-aero/{pointer.Digest}";
        (await stage.ReadAsync(ContainerNames.Datasets, $"{folder}/metadata.csv")).ShouldBe("""
            1001-img0.png,"Nimbus Aero, hidden door handles"
            1001-img1.png,"Nimbus Aero, hidden door handles"
            1001-img2.png,"Nimbus Aero, hidden door handles"
            1002-img0.png,"Nimbus Aero, hidden door handles"
            1002-img1.png,"Nimbus Aero, hidden door handles"

            """.ReplaceLineEndings("\n"));
        var report = await stage.ReadJsonAsync<DatasetGateReport>(ContainerNames.Datasets, $"{folder}/gate-report.json");
        report.Listings.SelectMany(l => l.Photos.Where(p => !p.Accepted).Select(p => $"{l.ListingId}/{p.Name} {p.Reason}")).ShouldBe(
        [
            "1001/broken.jpg Unreadable",
            "1001/small.png TooSmall",
            "1002/twice.png ExactDuplicate",
        ]);
        (await stage.Blobs.ListAsync(ContainerNames.Datasets, folder + "/", default)).Select(b => Path.GetFileName(b.Name))
            .ShouldBe(["dataset.json", "gate-report.json", "listings.json", "metadata.csv"]);
        (await stage.Blobs.ListAsync(ContainerNames.Datasets, "photos/", default)).Count.ShouldBe(10, "every photo of every data set once");
        (await stage.ReadJsonAsync<ListingGateReport>(ContainerNames.Datasets, $"listings/1002/{report.Listings[1].ListingKey}/gate-report.json"))
            .Photos.ShouldAllBe(p => p.Accepted);
    }

    private static async Task CheckLibraryAsync(NightStage stage)
    {
        var library = stage.Service.GetBlobContainerClient(ContainerNames.AssetLibrary);
        (await stage.Blobs.ListAsync(ContainerNames.AssetLibrary, "", default)).Select(b => b.Name).ShouldBe(
        [
            "2025-03-02/index.html",
            "2025-03-02/manifest.csv",
            "2025-03-02/manifest.json",
            "2025-03-02/nimbus-aero-vs-terra-kite/rain-1.png",
            "2025-03-02/nimbus-aero-vs-terra-kite/rain-2.png",
            "2025-03-02/nimbus-aero-vs-terra-kite/street-1.png",
            "2025-03-02/nimbus-aero-vs-terra-kite/street-2.png",
            "latest.json",
        ]);
        var manifest = await stage.ReadJsonAsync<AssetManifest>(ContainerNames.AssetLibrary, "2025-03-02/manifest.json");
        foreach (var picture in manifest.Pictures)
        {
            var content = (await stage.Blobs.TryReadAsync(ContainerNames.AssetLibrary, $"2025-03-02/{picture.File}", default)).ShouldNotBeNull().Content;
            Digests.OfBytes(content.Span).ShouldBe(picture.Sha256);
            (picture.Prompt, picture.NegativePrompt).ShouldBe(($"picture {picture.Seed} of {picture.JobId}", "blurry"), "what the worker rendered, not what the template says");
            (await stage.Blobs.StatAsync(ContainerNames.Loras, picture.Left.Lora, default)).ShouldNotBeNull().Sha256.ShouldBe(picture.Left.LoraSha256);
        }

        var properties = (await library.GetBlobClient($"2025-03-02/{manifest.Pictures[0].File}").GetPropertiesAsync()).Value;
        properties.ContentType.ShouldBe("image/png");
        properties.ContentDisposition.ShouldBe("attachment; filename*=UTF-8''nimbus-aero-vs-terra-kite-rain-1.png");
        properties.CacheControl.ShouldBe("private, max-age=31536000, immutable");
        var pointer = await stage.ReadJsonAsync<AssetPointer>(ContainerNames.AssetLibrary, "latest.json");
        (pointer.Date, pointer.Manifest, pointer.Pictures).ShouldBe(("2025-03-02", "2025-03-02/manifest.json", 4));
    }
}
