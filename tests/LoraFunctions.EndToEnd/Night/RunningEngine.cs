using DurableTask.Core;
using LoraFunctions.Cli.Hosting;
using LoraFunctions.Pipeline;
using LoraFunctions.Pipeline.Api;
using LoraFunctions.Pipeline.Hosting;
using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Orchestration;
using LoraFunctions.Pipeline.Storage;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Testing.Sidecar;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace LoraFunctions.EndToEnd.Night;

/// <summary>The durable engine with listener and paper worker beside it, until it is disposed.</summary>
internal sealed class RunningEngine : IAsyncDisposable
{
    private readonly CancellationTokenSource _end = new();
    private readonly ServiceProvider _services;
    private readonly Task[] _beside;

    private RunningEngine(NightStage stage, ServiceProvider services)
    {
        _services = services;
        var results = stage.Queues.GetQueueClient(NightStage.ResultQueue);
        var listener = new JobResultListener(results, Client, TimeProvider.System, TimeSpan.FromMilliseconds(20));
        _beside = [stage.Worker.RunAsync(_end.Token), listener.RunAsync(_end.Token)];
    }

    public DurableTaskClient Client => _services.GetRequiredService<DurableTaskClient>();

    /// <param name="onAzureStorage">With the journal that the command has, in the stage's emulator; otherwise one in memory that is gone with this.</param>
    public static async Task<RunningEngine> StartAsync(NightStage stage, ActivityObserver? observer = null, bool onAzureStorage = false)
    {
        var services = new ServiceCollection().AddSingleton(stage.Configuration).AddLogging().AddLoraPipeline();
        services.AddSingleton(observer ?? ((_, _, _) => { }));
        if (!onAzureStorage)
        {
            services.AddSingleton<IOrchestrationService>(new InMemoryOrchestrationService());
        }

        var provider = services.AddNightEngine("stage").BuildServiceProvider();
        await provider.GetRequiredService<IHostedService>().StartAsync(CancellationToken.None);
        return new RunningEngine(stage, provider);
    }

    public async Task<T> WaitAsync<T>(string instanceId, CancellationToken cancellationToken)
    {
        var ended = await Client.WaitForInstanceCompletionAsync(instanceId, getInputsAndOutputs: true, cancellationToken);
        ended.RuntimeStatus.ShouldBe(OrchestrationRuntimeStatus.Completed, ended.FailureDetails?.ErrorMessage);
        return ContractJson.Deserialize<T>(ended.SerializedOutput!);
    }

    /// <returns>The night's report, also of one that failed.</returns>
    public async Task<NightReport> RunNightAsync(string date, DateTime? deadlineUtc, CancellationToken cancellationToken)
    {
        await StartNightAsync(date, deadlineUtc, cancellationToken);
        var ended = await Client.WaitForInstanceCompletionAsync(InstanceIds.Night(date), getInputsAndOutputs: true, cancellationToken);
        var blobs = _services.GetRequiredService<BlobStore>();
        return ended.RuntimeStatus == OrchestrationRuntimeStatus.Completed
            ? await blobs.ReadJsonAsync<NightReport>(ContractJson.Deserialize<NightOutcome>(ended.SerializedOutput!).Report, cancellationToken)
            : (await blobs.TryReadJsonAsync<NightReport>(ContainerNames.Jobs, BlobNames.NightReport(date, 1), cancellationToken))
                .ShouldNotBeNull(ended.FailureDetails?.ErrorMessage);
    }

    public Task<bool> StartNightAsync(string date, DateTime? deadlineUtc, CancellationToken cancellationToken)
    {
        var settings = NightSettings.Of(_services.GetRequiredService<IOptions<NightlyOptions>>().Value);
        var input = new NightInput(date, deadlineUtc, settings);
        return Client.StartOnceAsync(nameof(NightOrchestrator), input, InstanceIds.Night(date), EngineStarts.Running, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await Task.WhenAll(_beside).ContinueWith(_ => { }, TaskScheduler.Default);
        await _services.GetRequiredService<IHostedService>().StopAsync(CancellationToken.None);
        await _services.DisposeAsync();
        _end.Dispose();
    }
}
