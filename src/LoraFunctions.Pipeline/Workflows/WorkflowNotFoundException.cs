namespace LoraFunctions.Pipeline.Workflows;

/// <summary>An event was raised to an instance that does not exist, or is not visible yet. Delivering again later is the answer.</summary>
public sealed class WorkflowNotFoundException(string instanceId, Exception? inner = null)
    : Exception($"There is no workflow instance '{instanceId}' (yet).", inner)
{
    public string InstanceId { get; } = instanceId;
}
