namespace LoraFunctions.Pipeline.Workflows;

/// <summary>The states of an instance, with Durable Functions' names.</summary>
public enum WorkflowStatus
{
    Pending,
    Running,
    Suspended,
    Completed,
    Failed,
    Terminated,
}
