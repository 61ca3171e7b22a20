using System.Collections.Concurrent;
using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Storage;
using LoraFunctions.Pipeline.Training;

namespace LoraFunctions.EndToEnd.Night;

/// <summary>What is wrong with a night's inputs or jobs is named, and the rest goes on.</summary>
public sealed class NightProblemsTests
{
    [Fact]
    public async Task Night_BrokenInputs_AreNamedAndTheRestGoesOn()
    {
        await using var stage = await NightStage.StartAsync();
        await stage.AddListingsAsync();
        await stage.PutAsync(ContainerNames.VehiclePhotos, "9001/vehicle.json", "{\"make\": \"x\"}");
        await stage.PutAsync(ContainerNames.VehiclePhotos, "9002/a.png", "x");
        await stage.PutAsync(ContainerNames.VehiclePhotos, "stray.jpg", "x");
        await stage.PutAsync(ContainerNames.Config, "comparisons.yaml", "seeds: [one]\nscene: {}\n");

        var report = await stage.RunAsync();

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

        var first = await stage.RunAsync();
        stage.Worker.Fails = _ => false;
        var second = await stage.RunAsync("2025-03-03");

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

        var report = await stage.RunAsync();

        var problem = report.Problems.ShouldHaveSingleItem();
        problem.Subject.ShouldBe("vehicle-photos/1002");
        problem.Reason.ShouldEndWith("has no caption for the accepted photo 'img0.png'.");
        report.Models[0].Photos.ShouldBe(3);
        report.Models[1].Status.ShouldBe(CarModelStatus.Trained);
    }

    [Fact]
    public async Task Night_BaseModelIsMissing_SaysWhichFileAndWhereItLooked()
    {
        await using var stage = await NightStage.StartAsync(("Nightly:BaseModel", "sd15"));
        await stage.AddListingsAsync();

        var report = await stage.RunAsync();

        report.Models.ShouldAllBe(m => m.Status == CarModelStatus.Failed);
        report.Models[0].Reason.ShouldBe(
            $"There is no base model 'sd15': base-models/sd15/manifest.json is not there (looked in {stage.Blobs.Uri}). There is: clip, tiny.");
        report.Failed().ShouldHaveSingleItem("what is missing is told once for the night").Subject.ShouldBe("comparisons and 3 more");
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
        (report.Pictures, report.Failed().Count).ShouldBe((4, 0));
        await stage.CheckLibraryAsync();
    }
}
