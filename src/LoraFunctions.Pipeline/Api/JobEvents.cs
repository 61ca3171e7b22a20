using LoraFunctions.Pipeline.Workflows;

namespace LoraFunctions.Pipeline.Api;

/// <summary>What the trigger on <see cref="Storage.QueueNames.GpuResults"/> does.</summary>
public static class JobEvents
{
    /// <summary>Wakes the workflow that waits for the job.</summary>
    /// <param name="message">The message's text.</param>
    /// <exception cref="System.Text.Json.JsonException">No such message; after some deliveries the queue puts it aside.</exception>
    /// <exception cref="WorkflowNotFoundException">The instance is not visible yet, or gone: the queue delivers again, then puts it aside.</exception>
    public static Task RaiseAsync(IWorkflowClient workflows, string message, CancellationToken cancellationToken)
    {
        var result = ContractJson.DeserializeResultMessage(message);
        return workflows.RaiseEventAsync(result.InstanceId, result.EventName, result, cancellationToken);
    }
}
