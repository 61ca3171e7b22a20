using DurableTask.Core.Exceptions;
using Grpc.Core;
using LoraFunctions.Pipeline.Workflows;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace LoraFunctions.Durable;

/// <summary>The pipeline's way to the workflows of this task hub.</summary>
internal sealed class DurableWorkflowClient(DurableTaskClient inner) : IWorkflowClient
{
    public async Task<WorkflowStart> StartAsync(
        string workflowName,
        object input,
        string instanceId,
        IReadOnlyCollection<WorkflowStatus> dedupeStatuses,
        CancellationToken cancellationToken)
    {
        var options = new StartOrchestrationOptions(instanceId) { DedupeStatuses = [.. dedupeStatuses.Select(status => status.ToString())] };
        try
        {
            await inner.ScheduleNewOrchestrationInstanceAsync(workflowName, input, options, cancellationToken);
            return WorkflowStart.Started;
        }
        catch (OrchestrationAlreadyExistsException)
        {
            return WorkflowStart.AlreadyThere;
        }
    }

    public async Task RaiseEventAsync(string instanceId, string eventName, object payload, CancellationToken cancellationToken)
    {
        try
        {
            await inner.RaiseEventAsync(instanceId, eventName, payload, cancellationToken);
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.NotFound)
        {
            throw new WorkflowNotFoundException(instanceId, e);
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.FailedPrecondition)
        {
            // The instance has ended: nobody waits, and delivering again would not change that.
        }
    }

    public async Task<WorkflowState?> GetStateAsync(string instanceId, CancellationToken cancellationToken) =>
        await inner.GetInstanceAsync(instanceId, getInputsAndOutputs: true, cancellationToken) is { } instance
            ? new WorkflowState(
                instance.InstanceId,
                instance.Name,
                Enum.Parse<WorkflowStatus>(instance.RuntimeStatus.ToString()),
                instance.CreatedAt,
                instance.LastUpdatedAt,
                instance.RuntimeStatus == OrchestrationRuntimeStatus.Completed ? instance.SerializedOutput : null,
                instance.FailureDetails?.ErrorMessage)
            : null;

    /// <summary>Forgets the workflows that ended and began before this.</summary>
    public Task PurgeAsync(DateTimeOffset before, CancellationToken cancellationToken) =>
        inner.PurgeAllInstancesAsync(
            new PurgeInstancesFilter(
                DateTimeOffset.UnixEpoch, // the host fails on a filter without a beginning
                before,
                [OrchestrationRuntimeStatus.Completed, OrchestrationRuntimeStatus.Failed, OrchestrationRuntimeStatus.Terminated]),
            cancellationToken);
}
