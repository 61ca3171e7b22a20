using Shouldly;
using Xunit;
using LoraFunctions.Pipeline.Api;
using LoraFunctions.Pipeline.Training;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;

namespace LoraFunctions.EndToEnd.Night;

public sealed class TrainingApiTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Start_ModelWithFewPhotos_TrainsItAndTellsItsState()
    {
        await using var stage = await NightStage.StartAsync();
        await stage.AddListingsAsync();
        await stage.RunAsync();
        await using var engine = await RunningEngine.StartAsync(stage);
        var api = stage.Services.GetRequiredService<TrainingApi>();

        var started = await api.StartAsync(engine.Client, """{"modelKey": "volta-sol"}""", Stop);

        started.StatusCode.ShouldBe(202);
        started.Location.ShouldBe("trainings/train%3Avolta-sol");
        var id = started.Body.ShouldBeOfType<TrainingStarted>().Id;
        await engine.WaitAsync<CarModelOutcome>(id, Stop);
        var state = (await api.GetAsync(engine.Client, id, Stop)).Body.ShouldBeOfType<StateView<CarModelOutcome>>();
        state.Status.ShouldBe(OrchestrationRuntimeStatus.Completed);
        state.Outcome.ShouldNotBeNull().Status.ShouldBe(CarModelStatus.Trained);
        stage.Worker.Done.Count(j => j.StartsWith("train")).ShouldBe(3);
    }

    [Fact]
    public async Task Start_SameKeyTwice_TrainsOnceAnotherKeyAgain()
    {
        await using var stage = await NightStage.StartAsync();
        await stage.AddListingsAsync();
        await stage.RunAsync();
        await using var engine = await RunningEngine.StartAsync(stage);
        var api = stage.Services.GetRequiredService<TrainingApi>();
        var before = stage.Worker.Done.Count;

        foreach (var key in new[] { "once", "once", "twice" })
        {
            var started = await api.StartAsync(engine.Client, new StartTrainingRequest("terra-kite", key), Stop);
            await engine.WaitAsync<CarModelOutcome>(started.Body.ShouldBeOfType<TrainingStarted>().Id, Stop);
        }

        (stage.Worker.Done.Count - before).ShouldBe(2);
    }

    [Fact]
    public async Task Start_SeveralErrors_NamesAll()
    {
        await using var stage = await NightStage.StartAsync();
        await stage.AddListingsAsync();
        await stage.RunAsync();
        await using var engine = await RunningEngine.StartAsync(stage);
        var api = stage.Services.GetRequiredService<TrainingApi>();

        var result = await api.StartAsync(engine.Client, """{"modelKey": "nimbus-aera", "idempotencyKey": "a b"}""", Stop);

        result.StatusCode.ShouldBe(400);
        result.Body.ShouldBeOfType<ApiProblem>().Problems.ShouldBe(
        [
            "modelKey is 'nimbus-aera'; no car model of that key has a data set. Did you mean 'nimbus-aero'?",
            "idempotencyKey is 'a b'; it may have up to 40 letters, digits and - _ .",
        ]);
        (await api.StartAsync(engine.Client, "{", Stop)).StatusCode.ShouldBe(400);
        (await api.StartAsync(engine.Client, "{}", Stop)).StatusCode.ShouldBe(400);
        (await api.GetAsync(engine.Client, "train:none", Stop)).StatusCode.ShouldBe(404);
        var nights = stage.Services.GetRequiredService<NightApi>();
        (await nights.GetAsync(engine.Client, "2.3.2025", Stop)).StatusCode.ShouldBe(400);
        (await nights.GetAsync(engine.Client, "2025-03-09", Stop)).StatusCode.ShouldBe(404);
    }
}
