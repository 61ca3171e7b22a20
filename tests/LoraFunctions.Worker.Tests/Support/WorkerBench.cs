using System.Text;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using LoraFunctions.Jobs;
using LoraFunctions.Jobs.Labelling;
using LoraFunctions.Jobs.Rendering;
using LoraFunctions.Jobs.Training;
using LoraFunctions.Pipeline;
using LoraFunctions.Pipeline.Storage;
using LoraFunctions.Worker.Progress;
using Microsoft.Extensions.Logging.Abstractions;

namespace LoraFunctions.Worker.Tests.Support;

/// <summary>A label job in the storage, and workers to do it. One test at a time uses the queues.</summary>
internal sealed class WorkerBench(AzuriteFixture azurite, string jobId) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lora-worker-").FullName;

    public BlobStore Blobs { get; } = new(azurite.Blobs);

    public BlobContainerClient JobsContainer { get; } = azurite.Blobs.GetBlobContainerClient(ContainerNames.Jobs);

    public QueueClient JobQueue { get; } = azurite.Queues.GetQueueClient(QueueNames.GpuJobs);

    public QueueClient ResultQueue { get; } = azurite.Queues.GetQueueClient(QueueNames.GpuResults);

    public QueueClient PoisonQueue { get; } = azurite.Queues.GetQueueClient($"{QueueNames.GpuJobs}-poison");

    public string JobId => jobId;

    public GpuWorker Worker(
        IJob<LabellingRequest, LabellingResult> labelling,
        Func<WorkerOptions, WorkerOptions>? change = null,
        string name = "one",
        IWorkerObserver? observer = null)
    {
        var options = new WorkerOptions
        {
            WorkerName = name,
            Folder = Path.Combine(_folder, name),
            PollInterval = TimeSpan.FromMilliseconds(50),
            RetryDelay = TimeSpan.Zero,
            StatusInterval = TimeSpan.FromMilliseconds(50),
        };
        var jobs = new JobSet(labelling, new NoJob<TrainingRequest, TrainingResult>(), new NoJob<RenderingRequest, RenderingResult>());
        return new GpuWorker(
            azurite.Blobs,
            azurite.Queues,
            jobs,
            change?.Invoke(options) ?? options,
            TimeProvider.System,
            NullLogger<GpuWorker>.Instance,
            observer);
    }

    /// <summary>Stores inputs and spec, empties the queues and sends the message.</summary>
    public async Task SubmitAsync(bool withMessage = true)
    {
        await JobQueue.ClearMessagesAsync();
        await ResultQueue.ClearMessagesAsync();
        await PoisonQueue.CreateIfNotExistsAsync();
        await PoisonQueue.ClearMessagesAsync();
        BlobRef photo = await PutAsync(ContainerNames.VehiclePhotos, $"{jobId}/img01.jpg", "a photo");
        BlobRef table = await PutAsync(ContainerNames.Config, $"labels-{jobId}.yaml", "groups: []");
        BlobRef clip = await PutAsync(ContainerNames.BaseModels, $"clip-{jobId}/config.json", "{}");
        var vehicle = new Vehicle(1, "Made", "Up", "", 2024, "sedan", 1, true, [], DateTimeOffset.UnixEpoch);
        var spec = new LabelJobSpec(
            LabelJobSpec.CurrentSchemaVersion, jobId, 1, jobId, "made-up", vehicle, [photo], table, new BaseModelRef(
                $"clip-{jobId}",
                "d",
                [clip]));
        StoredBlob stored = await Blobs.PutJsonIfAbsentAsync(ContainerNames.Jobs, BlobNames.JobSpec(jobId), spec, CancellationToken.None);
        Message = new JobMessage(
            JobMessage.CurrentSchemaVersion,
            jobId,
            JobKind.Label,
            "night:listing:label",
            "done-1",
            stored.Ref,
            Traceparent: null);
        if (withMessage)
        {
            await JobQueue.SendMessageAsync(ContractJson.Serialize(Message));
        }
    }

    public JobMessage? Message { get; private set; }

    public async Task<BlobRef> PutAsync(string container, string name, string text) =>
        (await Blobs.PutIfAbsentAsync(container, name, Encoding.UTF8.GetBytes(text), headers: null, CancellationToken.None)).Ref;

    public Task<JobResult?> ResultAsync() =>
        Blobs.TryReadJsonAsync<JobResult>(ContainerNames.Jobs, BlobNames.JobResult(jobId), CancellationToken.None);

    public async Task<IReadOnlyList<ResultMessage>> AnnouncementsAsync()
    {
        QueueMessage[] messages = await ResultQueue.ReceiveMessagesAsync(maxMessages: 32);
        return [.. messages.Select(message => ContractJson.DeserializeResultMessage(message.MessageText))];
    }

    /// <summary>Messages on the job queue, also those that are somebody's.</summary>
    public async Task<int> MessagesLeftAsync() => (await JobQueue.GetPropertiesAsync()).Value.ApproximateMessagesCount;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private sealed class NoJob<TRequest, TResult> : IJob<TRequest, TResult>
    {
        public TResult Run(TRequest request, IProgress<JobProgress>? progress = null, CancellationToken cancellationToken = default) =>
            throw new InvalidOperationException("This test has label jobs only.");
    }
}
