using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using LoraFunctions.Cli.Hosting;
using LoraFunctions.Pipeline.Hosting;
using LoraFunctions.Pipeline.Messages;
using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Storage;
using LoraFunctions.Pipeline.Workflows;
using LoraFunctions.Worker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LoraFunctions.Cli.Nightly;

/// <summary>One night in this process: the workflow, a worker loop, and the listener that wakes the one when the other is done.</summary>
internal sealed class NightRun : IAsyncDisposable
{
    /// <summary>As host.json has it for the durable host.</summary>
    private const int MaxActivitiesAtOnce = 8;

    /// <summary>Both ends of the queues are in this process: a short pause costs nothing.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly ServiceProvider _services;
    private readonly WorkerOptions _worker;

    /// <param name="configuration">Sections <c>LoraStorage</c>, <c>Nightly</c> and <c>Gate</c>.</param>
    /// <exception cref="OptionsValidationException">Something in the configuration is wrong; every problem is in it.</exception>
    /// <exception cref="AggregateException">Several of the sections are wrong; one <see cref="OptionsValidationException"/>
    /// each.</exception>
    public NightRun(IConfiguration configuration, WorkerOptions worker, string logFile)
    {
        _worker = worker with { PollInterval = Pause };
        _services = new ServiceCollection()
            .AddSingleton(configuration)
            .AddLogging(logging => logging
                .SetMinimumLevel(LogLevel.Information)
                .AddFilter("Azure", LogLevel.Warning)
                .AddProvider(new FileLoggerProvider(logFile, TimeProvider.System)))
            .AddLoraPipeline()
            .BuildServiceProvider();
        _services.GetRequiredService<IStartupValidator>().Validate();
    }

    public BlobServiceClient Service => _services.GetRequiredService<BlobServiceClient>();

    public BlobStore Blobs => _services.GetRequiredService<BlobStore>();

    public BaseModelCatalog Models => _services.GetRequiredService<BaseModelCatalog>();

    public NightlyOptions Options => _services.GetRequiredService<IOptions<NightlyOptions>>().Value;

    public async Task EnsureStorageAsync(CancellationToken cancellationToken)
    {
        await Blobs.EnsureContainersAsync(cancellationToken);
        await _services.GetRequiredService<JobQueue>().EnsureQueuesAsync(cancellationToken);
    }

    /// <param name="date"><c>yyyy-MM-dd</c>; null: today in the options' time zone.</param>
    public async Task<NightReport> RunAsync(string? date, INightDisplay display, CancellationToken cancellationToken)
    {
        var progress = new NightProgress(display);
        NightlyInput input = NightSchedule.ByHand(TimeProvider.System.GetUtcNow(), Options);
        if (date is not null)
        {
            input = input with { Date = date };
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var host = new InProcessWorkflowHost(_services, TimeProvider.System, MaxActivitiesAtOnce, stop.Token, progress);
        Task worker = Task.Run(() => Worker(progress).RunLoopAsync(stop.Token), CancellationToken.None);
        Task listener = Task.Run(() => Listener(host).RunAsync(stop.Token), CancellationToken.None);
        try
        {
            string instanceId = InstanceIds.Nightly(input.Date);
            await host.StartAsync(WorkflowNames.Nightly, input, instanceId, NightSchedule.DedupeStatuses, stop.Token);
            Task<NightOutcome> night = host.WaitAsync<NightOutcome>(instanceId);

            // Neither of the others ends before it is told to, unless it fails; a night without them would wait for ever.
            await await Task.WhenAny(night, worker, listener);
            return await Blobs.ReadJsonAsync<NightReport>((await night).Report, cancellationToken);
        }
        finally
        {
            await stop.CancelAsync();
            await EndAsync(worker);
            await EndAsync(listener);
        }
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    private GpuWorker Worker(NightProgress progress) => new(
        _services.GetRequiredService<BlobServiceClient>(),
        _services.GetRequiredService<QueueServiceClient>(),
        JobSet.Create(_services.GetRequiredService<ILoggerFactory>()),
        _worker,
        TimeProvider.System,
        _services.GetRequiredService<ILogger<GpuWorker>>(),
        progress);

    private JobResultListener Listener(InProcessWorkflowHost host) => new(
        _services.GetRequiredService<QueueServiceClient>().GetQueueClient(QueueNames.GpuResults),
        host,
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
