using DurableTask.Core.Exceptions;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace LoraFunctions.Pipeline.Api;

/// <summary>Starting an orchestration under a name of our choice.</summary>
public static class EngineStarts
{
    /// <summary>An instance in one of these is left alone, whoever asks; a missing one of them would be terminated and started over.</summary>
    public static IReadOnlyList<OrchestrationRuntimeStatus> Running { get; } =
        [OrchestrationRuntimeStatus.Pending, OrchestrationRuntimeStatus.Running, OrchestrationRuntimeStatus.Suspended];

    /// <summary>The same for what is done once, ended well or not yet ended.</summary>
    public static IReadOnlyList<OrchestrationRuntimeStatus> RunningOrCompleted { get; } = [.. Running, OrchestrationRuntimeStatus.Completed];

    /// <summary>
    /// Starts it, unless an instance of that name is in one of the given states. Instances in other states are replaced. Two callers at once: one
    /// of them starts it.
    /// </summary>
    /// <returns>Whether it was started.</returns>
    public static async Task<bool> StartOnceAsync(
        this DurableTaskClient engine,
        TaskName orchestrator,
        object input,
        string instanceId,
        IReadOnlyList<OrchestrationRuntimeStatus> unless,
        CancellationToken cancellationToken)
    {
        try
        {
            var options = new StartOrchestrationOptions(instanceId) { DedupeStatuses = [.. unless.Select(status => status.ToString())] };
            await engine.ScheduleNewOrchestrationInstanceAsync(orchestrator, input, options, cancellationToken);
            return true;
        }
        catch (OrchestrationAlreadyExistsException)
        {
            return false;
        }
    }
}
