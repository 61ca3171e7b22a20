using LoraFunctions.Cli.Hosting;
using LoraFunctions.Pipeline;
using LoraFunctions.Pipeline.Api;
using LoraFunctions.Pipeline.Jobs;
using Shouldly;
using Xunit;

namespace LoraFunctions.EndToEnd.Night;

/// <summary>A worker that is faster than the engine's own books.</summary>
public sealed class EarlyResultTests
{
    private const string Instance = "gpu:early";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Message_ForAnInstanceThatIsNotVisibleYet_IsLeftForLaterAndWakesItThen()
    {
        await using NightStage stage = await NightStage.StartAsync();
        await using RunningEngine engine = await RunningEngine.StartAsync(stage, onAzureStorage: true);
        var begun = new TaskCompletionSource();
        stage.Worker.Loses = _ =>
        {
            begun.TrySetResult();
            return true; // what it has to say was said already
        };
        var done = new ResultMessage(ResultMessage.CurrentSchemaVersion, "train-early", Instance, GpuJobOrchestrator.DoneEvent(1));

        // Before it exists: whoever delivers the message shall do so again.
        await Should.ThrowAsync<InstanceNotFoundException>(() => JobEvents.RaiseAsync(engine.Client, ContractJson.Serialize(done), Stop));
        var job = new PreparedJob("train-early", JobKind.Train, new BlobRef(ContainerNames.Jobs, "train-early/spec.json", "", ""), TimeSpan.FromHours(1), MaxAttempts: 1);
        await engine.Client.StartOnceAsync(nameof(GpuJobOrchestrator), new GpuJobInput(job, DeadlineUtc: null), Instance, EngineStarts.Running, Stop);
        await begun.Task.WaitAsync(Stop);
        var times = new JobTimes(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch);
        var result = new JobResult(JobResult.CurrentSchemaVersion, job.JobId, JobKind.Train, JobStatus.Succeeded, 1, null, [], new Dictionary<string, double>(), times);
        await stage.PutAsync(ContainerNames.Jobs, "train-early/result.json", ContractJson.Serialize(result));
        await stage.Queues.GetQueueClient(NightEngine.ResultQueue).SendMessageAsync(ContractJson.Serialize(done), Stop);
        await stage.Queues.GetQueueClient(NightEngine.ResultQueue).SendMessageAsync(ContractJson.Serialize(done), Stop); // and once more

        (await engine.WaitAsync<JobOutcome>(Instance, Stop)).Status.ShouldBe(JobOutcomeStatus.Succeeded);
    }
}
