using System.Diagnostics;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using DurableTask.AzureStorage;
using LoraFunctions.Cli.Hosting;
using LoraFunctions.Cli.Serving;
using LoraFunctions.Pipeline;
using LoraFunctions.Pipeline.Api;
using LoraFunctions.Pipeline.Hosting;
using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Orchestration;
using LoraFunctions.Pipeline.Storage;
using LoraFunctions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LoraFunctions.Cli.Nightly;

/// <summary>One night in this process: the engine, a worker loop, and the listener that wakes the one when the other is done.</summary>
internal sealed class NightRun : IAsyncDisposable
{
    /// <summary>Both ends of the queues are in this process: a short pause costs nothing.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private static readonly TimeSpan EndingTime = TimeSpan.FromSeconds(10);

    private readonly ServiceProvider _services;
    private readonly WorkerOptions _worker;
    private readonly string _traceFile;
    private NightProgress? _progress;

    /// <param name="configuration">Sections <c>LoraStorage</c>, <c>Nightly</c> and <c>Gate</c>.</param>
    /// <exception cref="OptionsValidationException">Something in the configuration is wrong; every problem is in it.</exception>
    /// <exception cref="AggregateException">Several of the sections are wrong; one <see cref="OptionsValidationException"/>
    /// each.</exception>
    public NightRun(IConfiguration configuration, WorkerOptions worker, string logFile)
    {
        _worker = worker with { PollInterval = Pause, Visibility = NightEngine.Visibility, MessageRenewal = NightEngine.Visibility / 4 };
        _traceFile = Path.ChangeExtension(logFile, ".trace.jsonl");
        _services = new ServiceCollection()
            .AddSingleton<IConfiguration>(new ConfigurationBuilder()
                .AddConfiguration(configuration)
                .AddInMemoryCollection([KeyValuePair.Create<string, string?>(
                    $"{StorageOptions.Section}:{nameof(StorageOptions.ResultQueue)}",
                    NightEngine.ResultQueue)])
                .Build())
            .AddLogging(logging => logging
                .SetMinimumLevel(LogLevel.Information)
                .AddFilter("Azure", LogLevel.Warning)
                .AddFilter("DurableTask", LogLevel.Warning)
                .AddFilter("Microsoft.DurableTask", LogLevel.Warning)
                .AddProvider(new FileLoggerProvider(logFile, TimeProvider.System)))
            .AddLoraPipeline()
            .AddSingleton<ActivityObserver>((_, activity, output) => _progress?.Ended(activity, output))
            .AddNightEngine(worker.WorkerName)
            .BuildServiceProvider();
        _services.GetRequiredService<IStartupValidator>().Validate();
    }

    public BlobStore Blobs => _services.GetRequiredService<BlobStore>();

    public BaseModelCatalog Models => _services.GetRequiredService<BaseModelCatalog>();

    public NightlyOptions Options => _services.GetRequiredService<IOptions<NightlyOptions>>().Value;

    public async Task EnsureStorageAsync(CancellationToken cancellationToken)
    {
        await Blobs.EnsureContainersAsync(cancellationToken);
        await _services.GetRequiredService<JobQueue>().EnsureQueuesAsync(cancellationToken);
    }

    /// <summary>What tonight would do.</summary>
    public Task<NightForecast> ForecastAsync(CancellationToken cancellationToken) =>
        _services.GetRequiredService<NightForecaster>().ForecastAsync(cancellationToken);

    /// <summary>
    /// Begins a new journal, for one that lost its last moments with the storage: it may wait for a message that is gone. Every activity is
    /// idempotent, so that the night goes on all the same.
    /// </summary>
    public Task ForgetJournalAsync() => _services.GetRequiredService<AzureStorageOrchestrationService>().CreateAsync(recreateInstanceStore: true);

    /// <param name="date"><c>yyyy-MM-dd</c>; null: today in the options' time zone.</param>
    public Task<NightReport> RunAsync(string? date, INightDisplay display, CancellationToken cancellationToken) =>
        BesideEngineAsync(
            display,
            async (engine, stop) =>
            {
                using Activity? span = Telemetry.Tracing.StartActivity(Telemetry.NightSpan);

                // One that was interrupted goes on by its journal; one that ended is looked at once more, as somebody wants it, with what came since.
                NightInput input = NightSchedule.ByHand(TimeProvider.System.GetUtcNow(), Options) with { TakesWhatCameSince = true };
                input = date is null ? input : input with { Date = date };
                span?.SetTag("lora.night.date", input.Date);
                string id = InstanceIds.Night(input.Date);
                await engine.StartOnceAsync(nameof(NightOrchestrator), input, id, EngineStarts.Running, stop);
                return await ReportAsync(await engine.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true, stop), cancellationToken);
            },
            cancellationToken);

    /// <summary>The HTTP interface on this machine's loopback, until it is cancelled.</summary>
    /// <param name="ready">Is told the address.</param>
    public Task ServeAsync(int port, string token, INightDisplay display, Action<Uri> ready, CancellationToken cancellationToken) =>
        BesideEngineAsync(
            display,
            async (engine, stop) =>
            {
                await using ApiServer server = await ApiServer.StartAsync(
                    _services.GetRequiredService<LoraApi>(), engine, port, token, _services.GetRequiredService<ILogger<ApiServer>>());
                ready(server.Address);
                await Task.Delay(Timeout.Infinite, stop);
                return true;
            },
            cancellationToken);

    /// <summary>Engine, worker and listener run as long as the work does.</summary>
    private async Task<T> BesideEngineAsync<T>(INightDisplay display, Func<DurableTaskClient, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        using var trace = new TraceFile(_traceFile, "lora nightly");
        _progress = new NightProgress(display);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var host = _services.GetRequiredService<IHostedService>();
        var engine = _services.GetRequiredService<DurableTaskClient>();
        await host.StartAsync(stop.Token);
        Task worker = Task.Run(() => Worker(_progress).RunLoopAsync(stop.Token), CancellationToken.None);
        Task listener = Task.Run(() => Listener(engine).RunAsync(stop.Token), CancellationToken.None);
        try
        {
            Task<T> done = work(engine, stop.Token);

            // None of the others ends before it is told to, unless it fails; work without them would wait for ever.
            await await Task.WhenAny(done, worker, listener, ((BackgroundService)host).ExecuteTask!);
            return await done;
        }
        finally
        {
            await stop.CancelAsync();
            await EndAsync(worker);
            await EndAsync(listener);

            // The engine gives its partition back to the storage, and tries for minutes where that has gone.
            using var limit = new CancellationTokenSource(EndingTime);
            await EndAsync(host.StopAsync(limit.Token));
        }
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    private async Task<NightReport> ReportAsync(OrchestrationMetadata night, CancellationToken cancellationToken) =>
        night.RuntimeStatus == OrchestrationRuntimeStatus.Completed
            ? await Blobs.ReadJsonAsync<NightReport>(ContractJson.Deserialize<NightOutcome>(night.SerializedOutput!).Report, cancellationToken)
            : throw new IOException($"{night.FailureDetails?.ErrorMessage ?? $"The night is {night.RuntimeStatus}."} Start it again to go on.");

    private GpuWorker Worker(NightProgress progress) => new(
        _services.GetRequiredService<BlobServiceClient>(),
        _services.GetRequiredService<QueueServiceClient>(),
        JobSet.Create(_services.GetRequiredService<ILoggerFactory>()),
        _worker,
        TimeProvider.System,
        _services.GetRequiredService<ILogger<GpuWorker>>(),
        progress);

    private JobResultListener Listener(DurableTaskClient engine) => new(
        _services.GetRequiredService<QueueServiceClient>().GetQueueClient(NightEngine.ResultQueue),
        engine,
        TimeProvider.System,
        Pause);

    private static async Task EndAsync(Task task)
    {
        try
        {
            await task;
        }
        catch (Exception)
        {
            // What made it end was thrown to the caller already.
        }
    }
}
