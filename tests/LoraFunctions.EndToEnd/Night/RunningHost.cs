using Shouldly;
using Xunit;
using LoraFunctions.Cli.Hosting;
using LoraFunctions.Pipeline.Storage;

namespace LoraFunctions.EndToEnd.Night;

/// <summary>The in-process host with listener and worker beside it, until it is disposed.</summary>
internal sealed class RunningHost : IAsyncDisposable
{
    private readonly CancellationTokenSource _end = new();
    private readonly Task[] _beside;

    public RunningHost(NightStage stage)
    {
        Workflows = new InProcessWorkflowHost(stage.Services, TimeProvider.System, maxActivitiesAtOnce: 4, _end.Token);
        var listener = new JobResultListener(
            stage.Queues.GetQueueClient(QueueNames.GpuResults),
            Workflows,
            TimeProvider.System,
            TimeSpan.FromMilliseconds(20));
        _beside = [stage.Worker.RunAsync(_end.Token), listener.RunAsync(_end.Token)];
    }

    public InProcessWorkflowHost Workflows { get; }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await Task.WhenAll(_beside).ContinueWith(_ => { }, TaskScheduler.Default);
        Workflows.Dispose();
        _end.Dispose();
    }
}
