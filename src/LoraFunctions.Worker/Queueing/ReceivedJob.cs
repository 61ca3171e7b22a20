using System.Diagnostics.CodeAnalysis;
using Azure;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;

namespace LoraFunctions.Worker.Queueing;

/// <summary>
/// A message that is ours until its visibility ends. Every renewal gives a new pop receipt and makes the old one worthless,
/// so the calls are made one after another and the newest receipt is kept.
/// </summary>
internal sealed class ReceivedJob : IDisposable
{
    private readonly QueueClient _queue;
    private readonly SemaphoreSlim _oneAtATime = new(1);
    private readonly string _id;
    private string _popReceipt;

    public ReceivedJob(QueueClient queue, QueueMessage message)
    {
        _queue = queue;
        _id = message.MessageId;
        _popReceipt = message.PopReceipt;
        Text = message.MessageText;
        DequeueCount = (int)Math.Min(message.DequeueCount, int.MaxValue);
    }

    public string Text { get; }

    /// <summary>How often it was delivered, this time included.</summary>
    public int DequeueCount { get; }

    /// <summary>False: it belongs to somebody else by now, or is gone.</summary>
    public Task<bool> RenewAsync(TimeSpan visibility, CancellationToken cancellationToken) =>
        WhileOursAsync(
            async () =>
            {
                // With its text: a service other than Azure's may take a missing one for an empty one.
                UpdateReceipt receipt = await _queue.UpdateMessageAsync(_id, _popReceipt, Text, visibility, cancellationToken);
                _popReceipt = receipt.PopReceipt;
            },
            cancellationToken);

    /// <summary>False: it belongs to somebody else by now, or is gone.</summary>
    public Task<bool> DeleteAsync(CancellationToken cancellationToken) =>
        WhileOursAsync(() => _queue.DeleteMessageAsync(_id, _popReceipt, cancellationToken), cancellationToken);

    public void Dispose() => _oneAtATime.Dispose();

    [SuppressMessage("Design", "MA0040:Forward the CancellationToken", Justification = "The action has it.")]
    private async Task<bool> WhileOursAsync(Func<Task> action, CancellationToken cancellationToken)
    {
        await _oneAtATime.WaitAsync(cancellationToken);
        try
        {
            await action();
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
