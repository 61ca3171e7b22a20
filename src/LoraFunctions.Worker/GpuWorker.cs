using System.Diagnostics;
using System.Text.Json;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using LoraFunctions.Jobs;
using LoraFunctions.Jobs.Labelling;
using LoraFunctions.Jobs.Rendering;
using LoraFunctions.Jobs.Training;
using LoraFunctions.Pipeline.Storage;
using LoraFunctions.Worker.Handlers;
using LoraFunctions.Worker.Progress;
using LoraFunctions.Worker.Queueing;
using LoraFunctions.Worker.Running;
using LoraFunctions.Worker.Storage;
using Microsoft.Extensions.Logging;

namespace LoraFunctions.Worker;

/// <summary>
/// Takes jobs from the queue, one after another, and does them. One such process a GPU. Killed at any moment, the job is taken up by
/// whoever receives its message next, from the last checkpoint; told to stop, it saves a checkpoint first and gives the message back.
/// </summary>
public sealed class GpuWorker
{
    /// <summary>The longest pause of a worker that cannot reach its queue.</summary>
    private static readonly TimeSpan s_maxPause = TimeSpan.FromMinutes(1);

    private const int MaxNameLength = 100;

    private readonly WorkerServices _services;

    /// <param name="queues">Its messages must be raw text (<c>MessageEncoding</c> none), as <see cref="StorageClients.Queues"/> makes
    /// it.</param>
    public GpuWorker(
        BlobServiceClient blobs,
        QueueServiceClient queues,
        JobSet jobs,
        WorkerOptions options,
        TimeProvider time,
        ILogger<GpuWorker> logger,
        IWorkerObserver? observer = null)
    {
        var store = new BlobStore(blobs);
        BlobContainerClient container = blobs.GetBlobContainerClient(ContainerNames.Jobs);
        IJobHandler[] handlers =
        [
            new LabelHandler(jobs.Labelling),
            new TrainHandler(
                jobs.Training,
                (job, file) => new ControlWatcher(container, job.JobId, file, options.ControlInterval, time, logger)),
            new RenderHandler(jobs.Rendering),
        ];
        _services = new WorkerServices(
            options,
            new WorkerQueue(queues, time),
            store,
            container,
            new ContentCache(store, Path.Combine(options.Folder, "cache"), options.MaxCacheBytes, time, logger),
            handlers.ToDictionary(handler => handler.Kind),
            observer,
            time,
            logger,
            []);
    }

    /// <summary>Does one job if there is one: a container that is started for every message.</summary>
    /// <returns>What became of it; null when the queue was empty.</returns>
    public async Task<JobState?> RunOnceAsync(CancellationToken stop)
    {
        _services.Observer?.Looking();
        using ReceivedJob? message = await _services.Queue.ReceiveAsync(_services.Options.Visibility, stop);
        if (message is null)
        {
            return null;
        }

        JobMessage job;
        try
        {
            job = ContractJson.DeserializeJobMessage(message.Text);
            if (!IsName(job.JobId))
            {
                throw new JsonException("its job has no name of small letters, digits and '-'");
            }
        }
        catch (JsonException exception)
        {
            WorkerTelemetry.Refused.Add(1);
            WorkerLog.MessageRefused(_services.Logger, Secrets.Redact(exception.Message));
            await _services.Queue.RefuseAsync(message, stop);
            return JobState.Done;
        }

        using Activity? span = WorkerTelemetry.StartJob(job);
        await using var run = new JobRun(_services, message, job, stop);
        return await run.RunAsync();
    }

    /// <summary>Does jobs until there are none. What cannot be done now is thrown: whoever starts such a worker starts it again.</summary>
    public async Task DrainAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested && await RunOnceAsync(stop) is not null)
        {
            // The next one.
        }
    }

    /// <summary>Does jobs until it is told to stop, whatever fails: a worker that ended by itself would leave the queue to nobody.</summary>
    public async Task RunLoopAsync(CancellationToken stop)
    {
        WorkerLog.Started(_services.Logger, _services.Options.WorkerName);
        TimeSpan pause = _services.Options.PollInterval;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                bool idle = await RunOnceAsync(stop) is null;
                pause = _services.Options.PollInterval;
                if (!idle)
                {
                    continue;
                }
            }
            catch (Exception exception) when (!stop.IsCancellationRequested)
            {
                pause = pause * 2 < s_maxPause ? pause * 2 : s_maxPause;
                WorkerLog.LoopTroubled(_services.Logger, pause, exception);
            }
            catch (Exception)
            {
                // Told to stop.
            }

            await Task.Delay(pause, _services.Time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        WorkerLog.Stopped(_services.Logger, _services.Options.WorkerName);
    }

    private static bool IsName(string jobId) =>
        jobId.Length is > 0 and <= MaxNameLength && jobId.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');
}

/// <summary>What a worker can do.</summary>
public sealed record JobSet(
    IJob<LabellingRequest, LabellingResult> Labelling,
    IJob<TrainingRequest, TrainingResult> Training,
    IJob<RenderingRequest, RenderingResult> Rendering)
{
    /// <summary>The real ones.</summary>
    public static JobSet Create(ILoggerFactory loggers) =>
        new(new LabellingJob(), new TrainingJob(loggers.CreateLogger<TrainingJob>()), new RenderingJob());
}

/// <summary>What every run of a job uses.</summary>
/// <param name="Excused">Attempts that were no failures, until their jobs' records say so.</param>
internal sealed record WorkerServices(
    WorkerOptions Options,
    WorkerQueue Queue,
    BlobStore Blobs,
    BlobContainerClient JobsContainer,
    ContentCache Cache,
    IReadOnlyDictionary<JobKind, IJobHandler> Handlers,
    IWorkerObserver? Observer,
    TimeProvider Time,
    ILogger Logger,
    HashSet<(string JobId, int Attempt)> Excused);
