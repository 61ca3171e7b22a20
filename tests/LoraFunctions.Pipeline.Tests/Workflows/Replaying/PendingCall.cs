using LoraFunctions.Pipeline.Workflows;

namespace LoraFunctions.Pipeline.Tests.Workflows.Replaying;

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
            _completion.SetException(new ActivityFailedException(Call.Name, reason));
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
