using System.Text.Json;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using LoraFunctions.Pipeline.Api;
using LoraFunctions.Pipeline.Workflows;

namespace LoraFunctions.Cli.Hosting;

/// <summary>Raises an event for every message on <c>gpu-results</c>: what the Functions app's queue trigger does.</summary>
internal sealed class JobResultListener(QueueClient results, IWorkflowClient workflows, TimeProvider time, TimeSpan pause)
{
    private static readonly TimeSpan Visibility = TimeSpan.FromSeconds(30);

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            QueueMessage[] messages = await results.ReceiveMessagesAsync(maxMessages: 32, Visibility, stop);
            foreach (QueueMessage message in messages)
            {
                await RaiseAsync(message, stop);
                await results.DeleteMessageAsync(message.MessageId, message.PopReceipt, stop);
            }

            if (messages.Length == 0)
            {
                await Task.Delay(pause, time, stop);
            }
        }
    }

    private async Task RaiseAsync(QueueMessage message, CancellationToken stop)
    {
        try
        {
            await JobEvents.RaiseAsync(workflows, message.MessageText, stop);
        }
        catch (WorkflowNotFoundException)
        {
            // Left over from a run that was killed: this run has read, or will read, the result itself.
        }
        catch (JsonException)
        {
            // Nothing of ours. The result blobs are the truth; a workflow that misses its event finds them at its time-out.
        }
    }
}
