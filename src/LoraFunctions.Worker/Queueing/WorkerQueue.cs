using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using LoraFunctions.Pipeline.Storage;

namespace LoraFunctions.Worker.Queueing;

/// <summary>The two queues. Messages are raw JSON text, as host.json's <c>messageEncoding: none</c> has it on the other side.</summary>
internal sealed class WorkerQueue(QueueServiceClient service)
{
    private static readonly TimeSpan s_neverExpires = TimeSpan.FromSeconds(-1);

    private readonly QueueClient _jobs = service.GetQueueClient(QueueNames.GpuJobs);
    private readonly JobQueue _sending = new(service);

    /// <summary>Null when there is nothing to do.</summary>
    public async Task<ReceivedJob?> ReceiveAsync(TimeSpan visibility, CancellationToken cancellationToken)
    {
        QueueMessage? message = await _jobs.ReceiveMessageAsync(visibility, cancellationToken);
        return message is null ? null : new ReceivedJob(_jobs, message);
    }

    /// <summary>Wakes the orchestration that waits for the job.</summary>
    public Task AnnounceAsync(JobMessage job, CancellationToken cancellationToken) =>
        _sending.AnswerAsync(job, cancellationToken);

    /// <summary>
    /// A fresh message first, then the old one goes: at worst there are two, and a job's second message only announces its result again.
    /// </summary>
    public async Task PostponeAsync(ReceivedJob job, TimeSpan delay, CancellationToken cancellationToken)
    {
        await _jobs.SendMessageAsync(job.Text, delay, s_neverExpires, cancellationToken);
        await job.DeleteAsync(cancellationToken);
    }

    /// <summary>Puts aside what is no job message, where Functions put theirs: nobody can act on it but a person.</summary>
    public async Task RefuseAsync(ReceivedJob job, CancellationToken cancellationToken)
    {
        QueueClient poison = service.GetQueueClient($"{QueueNames.GpuJobs}-poison");
        await poison.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        await poison.SendMessageAsync(job.Text, visibilityTimeout: null, s_neverExpires, cancellationToken);
        await job.DeleteAsync(cancellationToken);
    }
}
