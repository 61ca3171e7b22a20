using LoraFunctions.Pipeline.Workflows;

namespace LoraFunctions.Pipeline.Hosting;

/// <summary>A workflow as a host needs it that finds workflows by name.</summary>
/// <param name="Name">One of <see cref="WorkflowNames"/>.</param>
/// <param name="RunAsync">Takes an <see cref="InputType"/> and gives an <see cref="OutputType"/>.</param>
public sealed record WorkflowEntry(string Name, Type InputType, Type OutputType, Func<IWorkflowContext, object, Task<object>> RunAsync)
{
    internal static WorkflowEntry Of<TInput, TOutput>(string name, IWorkflow<TInput, TOutput> workflow)
        where TOutput : notnull =>
        new(name, typeof(TInput), typeof(TOutput), async (context, input) => await workflow.RunAsync(context, (TInput)input));
}
