using System.Text.Json;
using LoraFunctions.Pipeline;
using LoraFunctions.Pipeline.Hosting;
using LoraFunctions.Pipeline.Workflows;

namespace LoraFunctions.Cli.Hosting;

/// <summary>One run of one workflow.</summary>
internal sealed class WorkflowInstance(string name, string instanceId, TimeProvider time)
{
    private readonly DateTimeOffset _createdAt = time.GetUtcNow();
    private Task<string>? _output;

    public string InstanceId => instanceId;

    public Mailbox Mailbox { get; } = new();

    /// <summary>The result as JSON.</summary>
    public Task<string> Output => _output ?? throw new InvalidOperationException($"Workflow '{instanceId}' was not begun.");

    public WorkflowStatus Status => _output switch
    {
        null => WorkflowStatus.Pending,
        { IsCompletedSuccessfully: true } => WorkflowStatus.Completed,
        { IsCanceled: true } => WorkflowStatus.Terminated,
        { IsFaulted: true } => WorkflowStatus.Failed,
        _ => WorkflowStatus.Running,
    };

    public void Begin(WorkflowEntry workflow, string inputJson, IWorkflowContext context)
    {
        // Workflow code is written for a host that runs it on one thread at a time; each instance gets such a scheduler.
        TaskScheduler oneAtATime = new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler;
        _output = Task.Factory.StartNew(RunAsync, CancellationToken.None, TaskCreationOptions.DenyChildAttach, oneAtATime).Unwrap();

        async Task<string> RunAsync()
        {
            object input = JsonSerializer.Deserialize(inputJson, workflow.InputType, ContractJson.Options)!;
            object output = await workflow.RunAsync(context, input);
            return JsonSerializer.Serialize(output, workflow.OutputType, ContractJson.Options);
        }
    }

    public WorkflowState State()
    {
        WorkflowStatus status = Status;
        return new WorkflowState(
            instanceId,
            name,
            status,
            _createdAt,
            time.GetUtcNow(),
            status == WorkflowStatus.Completed ? Output.GetAwaiter().GetResult() : null,
            status == WorkflowStatus.Failed ? Output.Exception!.GetBaseException().Message : null);
    }
}
