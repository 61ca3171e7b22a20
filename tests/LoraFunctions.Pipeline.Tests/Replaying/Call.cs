using Microsoft.DurableTask;

namespace LoraFunctions.Pipeline.Tests.Replaying;

internal enum CallKind
{
    Activity,
    Orchestrator,
    Event,
    Timer,
}

/// <summary>What an orchestrator asked of its context.</summary>
/// <param name="Input">As JSON; a timer's is the time it fires.</param>
internal sealed record Call(CallKind Kind, string Name, string Input, string InstanceId)
{
    public T Read<T>() => ContractJson.Deserialize<T>(Input);
}

/// <summary>What comes of a call: a result as JSON, a failure, or nothing ever.</summary>
/// <param name="Takes">Until it comes.</param>
internal sealed record Answer(string? Json, string? Failure, TimeSpan Takes = default)
{
    public static Answer Never { get; } = new(null, null);

    public bool Comes => Json is not null || Failure is not null;

    public static Answer Of<T>(T result) => new(ContractJson.Serialize(result), null);

    public static Answer Fails(string reason) => new(null, reason);
}

/// <summary>A call that waits for its answer.</summary>
internal abstract class PendingCall(int index, Call call, Answer answer)
{
    public int Index { get; } = index;

    public Call Call { get; } = call;

    public Answer Answer { get; } = answer;

    public bool IsDone { get; protected set; }

    public bool IsCancelled { get; protected set; }

    public abstract void Complete();
}

internal sealed class PendingCall<T>(int index, Call call, Answer answer) : PendingCall(index, call, answer)
{
    // Continuations run inside of Complete, on the test's thread: one at a time, as a host has it.
    private readonly TaskCompletionSource<T> _completion = new();

    public Task<T> Task => _completion.Task;

    public override void Complete()
    {
        IsDone = true;
        if (Answer.Failure is { } reason)
        {
            _completion.SetException(new TaskFailedException(Call.Name, Index, new TaskFailureDetails(typeof(IOException).FullName!, reason, null, null, null)));
        }
        else
        {
            _completion.SetResult(ContractJson.Deserialize<T>(Answer.Json!));
        }
    }

    public void CancelWith(CancellationToken token) => token.Register(() =>
    {
        if (!IsDone)
        {
            IsDone = IsCancelled = true;
            _completion.SetCanceled(token);
        }
    });
}
