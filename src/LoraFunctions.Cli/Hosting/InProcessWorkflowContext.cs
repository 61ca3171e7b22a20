using System.Text.Json;
using LoraFunctions.Pipeline;
using LoraFunctions.Pipeline.Workflows;

namespace LoraFunctions.Cli.Hosting;

/// <summary>The workflows' verbs, carried out in this process.</summary>
internal sealed class InProcessWorkflowContext(
    InProcessWorkflowHost host,
    WorkflowInstance instance,
    TimeProvider time,
    CancellationToken stop)
    : IWorkflowContext
{
    public string InstanceId => instance.InstanceId;

    public DateTime CurrentUtcDateTime => time.GetUtcNow().UtcDateTime;

    public async Task<TResult> CallActivityAsync<TResult>(string name, object? input) =>
        ContractJson.Deserialize<TResult>(await host.RunActivityAsync(name, Json(input)));

    public async Task<TResult> CallSubOrchestratorAsync<TResult>(string name, object? input, string instanceId) =>
        ContractJson.Deserialize<TResult>(await host.RunChildAsync(name, Json(input), instanceId));

    public async Task<T> WaitForExternalEvent<T>(string eventName, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stop);
        return ContractJson.Deserialize<T>(await instance.Mailbox.TakeAsync(eventName, either.Token));
    }

    public async Task CreateTimer(DateTime fireAt, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stop);
        TimeSpan pause = fireAt - time.GetUtcNow().UtcDateTime;
        await Task.Delay(pause > TimeSpan.Zero ? pause : TimeSpan.Zero, time, either.Token);
    }

    private static string Json(object? input) => JsonSerializer.Serialize(input, input?.GetType() ?? typeof(object), ContractJson.Options);
}
