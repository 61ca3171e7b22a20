using LoraFunctions.Pipeline.Workflows;
using Microsoft.DurableTask;

namespace LoraFunctions.Durable;

/// <summary>Carries the pipeline's workflows on Durable Functions.</summary>
internal sealed class DurableWorkflowContext(TaskOrchestrationContext inner) : IWorkflowContext
{
    public string InstanceId => inner.InstanceId;

    public DateTime CurrentUtcDateTime => inner.CurrentUtcDateTime;

    public Task<TResult> CallActivityAsync<TResult>(string name, object? input) =>
        TranslateAsync(inner.CallActivityAsync<TResult>(name, input));

    public Task<TResult> CallSubOrchestratorAsync<TResult>(string name, object? input, string instanceId) =>
        TranslateAsync(inner.CallSubOrchestratorAsync<TResult>(name, input, new SubOrchestrationOptions(instanceId: instanceId)));

    public Task<T> WaitForExternalEvent<T>(string eventName, CancellationToken cancellationToken) =>
        inner.WaitForExternalEvent<T>(eventName, cancellationToken);

    public Task CreateTimer(DateTime fireAt, CancellationToken cancellationToken) => inner.CreateTimer(fireAt, cancellationToken);

    /// <summary>What was thrown is not at hand, only its details: they crossed processes.</summary>
    private static async Task<TResult> TranslateAsync<TResult>(Task<TResult> call)
    {
        try
        {
            return await call;
        }
        catch (TaskFailedException e)
        {
            throw new ActivityFailedException(e.TaskName, e.FailureDetails.ErrorMessage, e);
        }
    }
}
