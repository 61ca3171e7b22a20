namespace LoraFunctions.Pipeline.Workflows;

/// <summary>What triggers and the API need of a host: start a workflow, wake one, ask for its state. Each host has its own.</summary>
public interface IWorkflowClient
{
    /// <summary>
    /// Starts a workflow under a name of our choice, unless an instance of that name is in one of the given states.
    /// Instances in other states are replaced. Two callers at once: one of them gets <see cref="WorkflowStart.AlreadyThere"/>.
    /// </summary>
    /// <param name="workflowName">One of <see cref="WorkflowNames"/>.</param>
    /// <param name="dedupeStatuses">Must name <see cref="WorkflowStatus.Pending"/> and <see cref="WorkflowStatus.Running"/>,
    /// or Durable Functions terminates what runs and starts over.</param>
    Task<WorkflowStart> StartAsync(
        string workflowName,
        object input,
        string instanceId,
        IReadOnlyCollection<WorkflowStatus> dedupeStatuses,
        CancellationToken cancellationToken);

    /// <summary>Raises an event; kept for the instance where it does not wait for it yet.</summary>
    /// <exception cref="WorkflowNotFoundException">There is no such instance, or it is not visible yet: the caller's queue delivers again.</exception>
    Task RaiseEventAsync(string instanceId, string eventName, object payload, CancellationToken cancellationToken);

    /// <summary>State of an instance; null when there is none.</summary>
    Task<WorkflowState?> GetStateAsync(string instanceId, CancellationToken cancellationToken);
}
