using System.Collections.Concurrent;
using LoraFunctions.Pipeline.Jobs;
using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Storage;
using LoraFunctions.Pipeline.Training;
using Microsoft.DurableTask.Client;

namespace LoraFunctions.EndToEnd.Night;

/// <summary>A night by its journal: died, stopped, late, failed, beside a Functions app.</summary>
public sealed class NightJournalTests
{
    [Fact]
    public async Task Night_DiesAtAnyActivity_GoesOnToTheSameEnd()
    {
        await using var whole = await NightStage.StartAsync();
        await whole.AddListingsAsync();
        using var counter = new ActivityCounter();
        await whole.RunAsync(counter);
        var expected = await whole.SnapshotAsync();
        counter.Count.ShouldBeGreaterThan(20);

        await using var broken = await NightStage.StartAsync();
        await broken.AddListingsAsync();
        for (var (died, ended) = (1, false); !ended; died += 5)
        {
            died.ShouldBeLessThan(counter.Count + 10);
            using var mortal = new ActivityCounter(died);
            ended = await broken.RunAsync(mortal) is not null;
        }

        (await broken.SnapshotAsync()).ShouldBe(expected);
        broken.Worker.Done.Distinct().Count().ShouldBe(broken.Worker.Done.Count);
    }

    /// <summary>One GPU that is lost in its second training, and a deadline: what has two LoRAs is published, the rest is carried over.</summary>
    [Fact]
    public async Task Night_DeadlineInTheMiddleOfTheTrainings_PublishesEveryPairWithTwoLoras()
    {
        await using var stage = await NightStage.StartAsync(("Nightly:TrainingTime", "00:00:10"), ("Nightly:RenderingTime", "00:00:10"), ("Nightly:MinPhotos", "50"));
        await stage.AddListingsAsync();
        await stage.AddVehicleAsync("4001", "Zephyr", "Zoom", "2025-02-05");
        await stage.AddPhotosAsync("4001", seed: 70, count: 4);
        stage.Worker.Loses = message => message.InstanceId.Contains("zephyr-zoom") && message.Kind == JobKind.Train;
        await stage.RunAsync("2025-03-01");
        stage.Configuration["Nightly:MinPhotos"] = "4";
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
        await stage.CheckLibraryAsync();
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

        (await stage.RunAsync()).Pictures.ShouldBe(4);

        var left = (await theirs.ReceiveMessagesAsync(32)).Value;
        left.Select(m => (m.MessageText, m.DequeueCount)).ShouldBe([(message, 1L)], "it was not even looked at");
    }
}
