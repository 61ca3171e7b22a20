using System.Text;
using Azure.Core;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using LoraFunctions.Jobs;
using LoraFunctions.Jobs.Labelling;
using LoraFunctions.Jobs.Rendering;
using LoraFunctions.Jobs.Training;
using LoraFunctions.Pipeline.Storage;
using LoraFunctions.Worker.Progress;
using LoraFunctions.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

[assembly: AssemblyFixture(typeof(AzuriteFixture))]

namespace LoraFunctions.Worker.Tests.Support;

/// <summary>A label job in the storage, and workers to do it. One test at a time uses the queues.</summary>
internal sealed class WorkerBench(AzuriteFixture azurite, string jobId) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

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
        IWorkerObserver? observer = null,
        TimeProvider? time = null,
        Action<ClientOptions>? transport = null,
        IJob<TrainingRequest, TrainingResult>? training = null)
    {
        var options = new WorkerOptions
        {
            WorkerName = name,
            Folder = Folder(name),
            PollInterval = TimeSpan.FromMilliseconds(50),
            RetryDelay = TimeSpan.Zero,
            StatusInterval = TimeSpan.FromMilliseconds(50),
        };
        var jobs = new JobSet(labelling, training ?? new NoJob<TrainingRequest, TrainingResult>(), new NoJob<RenderingRequest, RenderingResult>());
        return new GpuWorker(
            StorageClients.Blobs(azurite.Storage, transport),
            StorageClients.Queues(azurite.Storage, transport),
            jobs,
            change?.Invoke(options) ?? options,
            time ?? TimeProvider.System,
            NullLogger<GpuWorker>.Instance,
            observer);
    }

    public string Folder(string worker) => _folder.Below(worker);

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
        await SendAsync(JobKind.Label, stored.Ref, withMessage);
    }

    /// <summary>The same with a training.</summary>
    public async Task SubmitTrainingAsync(BlobRef? startFrom = null)
    {
        await JobQueue.ClearMessagesAsync();
        await ResultQueue.ClearMessagesAsync();
        BlobRef photo = await PutAsync(ContainerNames.Datasets, $"made-up/{jobId}/img01.jpg", "a photo");
        BlobRef yaml = await PutAsync(ContainerNames.Config, $"training-{jobId}.yaml", "lora_rank: 4");
        BlobRef weights = await PutAsync(ContainerNames.BaseModels, $"tiny-{jobId}/model.safetensors", "weights");
        var spec = new TrainJobSpec(
            TrainJobSpec.CurrentSchemaVersion, jobId, 1, "made-up", "Made Up", jobId, [new NamedBlob("img01.jpg", photo)], [yaml], new BaseModelRef($"tiny-{jobId}", "d", [weights])) { StartFrom = startFrom };
        StoredBlob stored = await Blobs.PutJsonIfAbsentAsync(ContainerNames.Jobs, BlobNames.JobSpec(jobId), spec, CancellationToken.None);
        await SendAsync(JobKind.Train, stored.Ref, withMessage: true);
    }

    private async Task SendAsync(JobKind kind, BlobRef spec, bool withMessage)
    {
        Message = new JobMessage(JobMessage.CurrentSchemaVersion, jobId, kind, $"night:listing:{kind.ToString().ToLowerInvariant()}", "done-1", spec, Traceparent: null);
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

    public void Dispose() => _folder.Dispose();

    private sealed class NoJob<TRequest, TResult> : IJob<TRequest, TResult>
    {
        public TResult Run(TRequest request, IProgress<JobProgress>? progress = null, CancellationToken cancellationToken = default) =>
            throw new InvalidOperationException("This test has label jobs only.");
    }
}
