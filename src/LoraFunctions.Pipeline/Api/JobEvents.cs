using Microsoft.DurableTask.Client;

namespace LoraFunctions.Pipeline.Api;

/// <summary>An event came for an instance that does not exist, or is not visible yet. Delivering again later is the answer.</summary>
public sealed class InstanceNotFoundException(string instanceId) : Exception($"There is no instance '{instanceId}' (yet).");

/// <summary>What the trigger on <see cref="QueueNames.GpuResults"/> does.</summary>
public static class JobEvents
{
    /// <summary>Wakes the orchestration that waits for the job. One that has ended is left alone: nobody waits any more.</summary>
    /// <param name="message">The message's text.</param>
    /// <exception cref="System.Text.Json.JsonException">No such message; after some deliveries the queue puts it aside.</exception>
    /// <exception cref="InstanceNotFoundException">The instance is not visible yet, or gone: the queue delivers again, then puts it aside.
    /// The engine's own answer would differ from host to host, and on Azure Storage there is none.</exception>
    public static async Task RaiseAsync(DurableTaskClient engine, string message, CancellationToken cancellationToken)
    {
        var result = ContractJson.DeserializeResultMessage(message);
        var instance = await engine.GetInstanceAsync(result.InstanceId, cancellationToken) ?? throw new InstanceNotFoundException(result.InstanceId);
        if (!instance.IsCompleted)
        {
            await engine.RaiseEventAsync(result.InstanceId, result.EventName, result, cancellationToken);
        }
    }
}
