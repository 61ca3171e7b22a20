namespace LoraFunctions.Pipeline.Workflows;

/// <summary>
/// The few verbs of Durable Task's <c>TaskOrchestrationContext</c> that our workflows need, with its names and semantics.
/// Two adapters carry it: Durable Functions (production) and the in-process host of the command line.
/// A host runs at most one continuation of a workflow at a time, keeps an event that comes before it is waited for, and hands inputs and
/// results through JSON (<see cref="ContractJson.Options"/>).
/// </summary>
public interface IWorkflowContext
{
    /// <summary>Name of this instance; deterministic, chosen by whoever started it.</summary>
    string InstanceId { get; }

    /// <summary>The same on every replay.</summary>
    DateTime CurrentUtcDateTime { get; }

    /// <summary>Runs an activity; its exception reaches the workflow as <see cref="ActivityFailedException"/>.</summary>
    Task<TResult> CallActivityAsync<TResult>(string name, object? input);

    /// <summary>Runs another workflow under its own instance id.</summary>
    Task<TResult> CallSubOrchestratorAsync<TResult>(string name, object? input, string instanceId);

    /// <summary>Waits for an event of this name raised to this instance, or until the token cancels.</summary>
    Task<T> WaitForExternalEvent<T>(string eventName, CancellationToken cancellationToken);

    /// <summary>Completes at the given time; cancel the timer that lost, or the instance stays running.</summary>
    Task CreateTimer(DateTime fireAt, CancellationToken cancellationToken);
}
