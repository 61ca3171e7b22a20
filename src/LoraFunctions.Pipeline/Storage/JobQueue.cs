using Azure.Storage.Queues;

namespace LoraFunctions.Pipeline.Storage;

/// <summary>The sending ends of both queues: raw JSON, not base64.</summary>
/// <param name="resultQueue">Where this host listens for results.</param>
public sealed class JobQueue(QueueServiceClient service, string resultQueue = QueueNames.GpuResults)
{
    /// <summary>The service's default of seven days would drop jobs of a GPU that was away for a week.</summary>
    private static readonly TimeSpan s_neverExpires = TimeSpan.FromSeconds(-1);

    /// <summary>Makes both queues where they are not there.</summary>
    public async Task EnsureQueuesAsync(CancellationToken cancellationToken)
    {
        await service.GetQueueClient(QueueNames.GpuJobs).CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        await service.GetQueueClient(resultQueue).CreateIfNotExistsAsync(cancellationToken: cancellationToken);
    }

    /// <summary>What whoever sends a job puts into it.</summary>
    public string ResultQueue => resultQueue;

    public Task SendAsync(JobMessage message, CancellationToken cancellationToken) =>
        SendAsync(QueueNames.GpuJobs, ContractJson.Serialize(message), cancellationToken);

    /// <summary>Answers the sender of a job.</summary>
    public Task AnswerAsync(JobMessage job, CancellationToken cancellationToken) =>
        SendAsync(
            job.ResultQueue ?? QueueNames.GpuResults,
            ContractJson.Serialize(new ResultMessage(ResultMessage.CurrentSchemaVersion, job.JobId, job.InstanceId, job.EventName)),
            cancellationToken);

    private Task SendAsync(string queue, string text, CancellationToken cancellationToken) =>
        service.GetQueueClient(queue).SendMessageAsync(text, visibilityTimeout: null, timeToLive: s_neverExpires, cancellationToken);
}
