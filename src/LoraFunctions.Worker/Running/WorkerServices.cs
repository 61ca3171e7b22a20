using Azure.Storage.Blobs;
using LoraFunctions.Pipeline.Storage;
using LoraFunctions.Worker.Handlers;
using LoraFunctions.Worker.Progress;
using LoraFunctions.Worker.Queueing;
using LoraFunctions.Worker.Storage;
using Microsoft.Extensions.Logging;

namespace LoraFunctions.Worker.Running;

/// <summary>What every run of a job uses.</summary>
internal sealed record WorkerServices(
    WorkerOptions Options,
    WorkerQueue Queue,
    BlobStore Blobs,
    BlobContainerClient JobsContainer,
    ContentCache Cache,
    IReadOnlyDictionary<JobKind, IJobHandler> Handlers,
    IWorkerObserver? Observer,
    TimeProvider Time,
    ILogger Logger);
