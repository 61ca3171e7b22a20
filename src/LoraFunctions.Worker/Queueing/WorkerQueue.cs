using Azure;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using LoraFunctions.Pipeline.Storage;

namespace LoraFunctions.Worker.Queueing;

/// <summary>The two queues. Messages are raw JSON text, as host.json's <c>messageEncoding: none</c> has it on the other side.</summary>
internal sealed class WorkerQueue(QueueServiceClient service, TimeProvider time)
{
    private static readonly TimeSpan s_neverExpires = TimeSpan.FromSeconds(-1);

    private readonly QueueClient _jobs = service.GetQueueClient(QueueNames.GpuJobs);
    private readonly JobQueue _sending = new(service);

    /// <summary>Null when there is nothing to do.</summary>
    public async Task<ReceivedJob?> ReceiveAsync(TimeSpan visibility, CancellationToken cancellationToken)
    {
        DateTimeOffset asked = time.GetUtcNow();
        QueueMessage? message = await _jobs.ReceiveMessageAsync(visibility, cancellationToken);
        return message is null ? null : new ReceivedJob(_jobs, message, asked);
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

/// <summary>
/// A message that is ours until its visibility ends. Every renewal gives a new pop receipt and makes the old one worthless,
/// so the calls are made one after another and the newest receipt is kept.
/// </summary>
/// <param name="since">When it was asked for: from then its visibility counts.</param>
internal sealed class ReceivedJob(QueueClient queue, QueueMessage message, DateTimeOffset since) : IDisposable
{
    private readonly SemaphoreSlim _oneAtATime = new(1);
    private string _popReceipt = message.PopReceipt;

    public string Text => message.MessageText;

    public DateTimeOffset Since => since;

    /// <summary>False: it belongs to somebody else by now, or is gone.</summary>
    public Task<bool> RenewAsync(TimeSpan visibility, CancellationToken cancellationToken) =>
        WhileOursAsync(
            async token =>
            {
                // With its text: a service other than Azure's may take a missing one for an empty one.
                UpdateReceipt receipt = await queue.UpdateMessageAsync(message.MessageId, _popReceipt, Text, visibility, token);
                _popReceipt = receipt.PopReceipt;
            },
            cancellationToken);

    /// <summary>False: it belongs to somebody else by now, or is gone.</summary>
    public Task<bool> DeleteAsync(CancellationToken cancellationToken) =>
        WhileOursAsync(token => queue.DeleteMessageAsync(message.MessageId, _popReceipt, token), cancellationToken);

    public void Dispose() => _oneAtATime.Dispose();

    private async Task<bool> WhileOursAsync(Func<CancellationToken, Task> action, CancellationToken cancellationToken)
    {
        await _oneAtATime.WaitAsync(cancellationToken);
        try
        {
            await action(cancellationToken);
            return true;
        }
        catch (RequestFailedException exception) when (exception.Status == 404 || exception.ErrorCode == QueueErrorCode.PopReceiptMismatch)
        {
            return false;
        }
        finally
        {
            _oneAtATime.Release();
        }
    }
}
