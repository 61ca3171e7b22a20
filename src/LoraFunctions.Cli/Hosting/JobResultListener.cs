using System.Text.Json;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using LoraFunctions.Pipeline.Api;
using Microsoft.DurableTask.Client;

namespace LoraFunctions.Cli.Hosting;

/// <summary>Raises an event for every message on the night's own result queue: what the Functions app's queue trigger does.</summary>
internal sealed class JobResultListener(QueueClient results, DurableTaskClient engine, TimeProvider time, TimeSpan pause)
{
    /// <summary>An instance is visible a moment after its first activity may have run, so an unknown one is looked for again this often.</summary>
    private const int Looks = 5;

    private static readonly TimeSpan Visibility = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan UntilNextLook = TimeSpan.FromSeconds(1);

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            QueueMessage[] messages = await results.ReceiveMessagesAsync(maxMessages: 32, Visibility, stop);
            foreach (QueueMessage message in messages)
            {
                if (await IsDoneAsync(message, stop))
                {
                    await results.DeleteMessageAsync(message.MessageId, message.PopReceipt, stop);
                }
                else
                {
                    await results.UpdateMessageAsync(message.MessageId, message.PopReceipt, message.Body, UntilNextLook, stop);
                }
            }

            if (messages.Length == 0)
            {
                await Task.Delay(pause, time, stop);
            }
        }
    }

    private async Task<bool> IsDoneAsync(QueueMessage message, CancellationToken stop)
    {
        try
        {
            await JobEvents.RaiseAsync(engine, message.MessageText, stop);
            return true;
        }
        catch (InstanceNotFoundException)
        {
            // In the end it is left over from a journal that was lost: the night of now has read, or will read, the result itself.
            return message.DequeueCount >= Looks;
        }
        catch (JsonException)
        {
            // Nothing of ours. The result blobs are the truth; an orchestration that misses its event finds them at its time-out.
            return true;
        }
    }
}
