namespace LoraFunctions.Pipeline.Activities;

/// <summary>
/// One step that touches the world. It may run more than once for one call, also twice at once, and after a crash of the host:
/// its names are deterministic and what it makes is committed last with <c>If-None-Match</c>. It throws what goes wrong;
/// turning a failure into an outcome is the workflow's business.
/// </summary>
public interface IActivity<in TInput, TOutput>
{
    Task<TOutput> RunAsync(TInput input, CancellationToken cancellationToken);
}
