namespace LoraFunctions.Pipeline.Workflows;

/// <summary>
/// One workflow: decides what happens next and does nothing itself. It may be run again from the start with recorded results at any time,
/// so everything it does is a function of its input and of what the context's calls give back.
/// </summary>
public interface IWorkflow<in TInput, TOutput>
{
    Task<TOutput> RunAsync(IWorkflowContext context, TInput input);
}
