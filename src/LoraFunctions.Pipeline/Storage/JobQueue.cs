using Azure.Storage.Queues;

namespace LoraFunctions.Pipeline.Storage;

/// <summary>The sending ends of both queues: raw JSON, not base64.</summary>
public sealed class JobQueue(QueueServiceClient service)
{
    /// <summary>The service's default of seven days would drop jobs of a GPU that was away for a week.</summary>
    private static readonly TimeSpan s_neverExpires = TimeSpan.FromSeconds(-1);

    /// <summary>Makes both queues where they are not there.</summary>
    public async Task EnsureQueuesAsync(CancellationToken cancellationToken)
    {
        await service.GetQueueClient(QueueNames.GpuJobs).CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        await service.GetQueueClient(QueueNames.GpuResults).CreateIfNotExistsAsync(cancellationToken: cancellationToken);
    }

    public Task SendAsync(JobMessage message, CancellationToken cancellationToken) =>
        SendAsync(QueueNames.GpuJobs, ContractJson.Serialize(message), cancellationToken);

    public Task SendAsync(ResultMessage message, CancellationToken cancellationToken) =>
        SendAsync(QueueNames.GpuResults, ContractJson.Serialize(message), cancellationToken);

    private Task SendAsync(string queue, string text, CancellationToken cancellationToken) =>
        service.GetQueueClient(queue).SendMessageAsync(text, visibilityTimeout: null, timeToLive: s_neverExpires, cancellationToken);
}
