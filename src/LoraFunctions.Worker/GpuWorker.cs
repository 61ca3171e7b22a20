using System.Diagnostics;
using System.Text.Json;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using LoraFunctions.Pipeline;
using LoraFunctions.Pipeline.Storage;
using LoraFunctions.Worker.Handlers;
using LoraFunctions.Worker.Logging;
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
    private static readonly ActivitySource s_tracing = new("LoraFunctions.Worker");
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
            new WorkerQueue(queues),
            store,
            container,
            new ContentCache(store, Path.Combine(options.Folder, "cache")),
            handlers.ToDictionary(handler => handler.Kind),
            observer,
            time,
            logger);
    }

    /// <summary>Does one job if there is one: a container that is started for every message.</summary>
    /// <returns>What became of it; null when the queue was empty.</returns>
    public async Task<JobState?> RunOnceAsync(CancellationToken stop)
    {
        using ReceivedJob? message = await _services.Queue.ReceiveAsync(_services.Options.Visibility, stop);
        if (message is null)
        {
            return null;
        }

        JobMessage job;
        try
        {
            job = ContractJson.DeserializeJobMessage(message.Text);
        }
        catch (JsonException exception)
        {
            WorkerLog.MessageRefused(_services.Logger, exception.Message);
            await _services.Queue.RefuseAsync(message, stop);
            return JobState.Done;
        }

        bool traced = ActivityContext.TryParse(job.Traceparent, traceState: null, out ActivityContext context);
        using Activity? activity = s_tracing.StartActivity($"{job.Kind} job", ActivityKind.Consumer, traced ? context : default);
        activity?.SetTag("lora.job_id", job.JobId);
        await using var run = new JobRun(_services, message, job, stop);
        return await run.RunAsync();
    }

    /// <summary>Does jobs until it is told to stop.</summary>
    public async Task RunLoopAsync(CancellationToken stop)
    {
        WorkerLog.Started(_services.Logger, _services.Options.WorkerName);
        try
        {
            while (!stop.IsCancellationRequested)
            {
                JobState? state = null;
                try
                {
                    state = await RunOnceAsync(stop);
                }
                catch (Exception exception) when (
                    exception is RequestFailedException or AggregateException && !stop.IsCancellationRequested)
                {
                    WorkerLog.QueueUnreachable(_services.Logger, exception);
                }

                if (state is null)
                {
                    await Task.Delay(_services.Options.PollInterval, _services.Time, stop);
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // As asked.
        }

        WorkerLog.Stopped(_services.Logger, _services.Options.WorkerName);
    }
}
