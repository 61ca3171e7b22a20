namespace LoraFunctions.Pipeline.Orchestration;

/// <summary>Lets only so many things of an orchestration be under way at once; whoever comes later waits for its turn, in order.</summary>
internal sealed class Turns
{
    private readonly Queue<TaskCompletionSource> _waiting = new();
    private int _free;

    public Turns(int atOnce)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(atOnce, 1);
        _free = atOnce;
    }

    /// <summary>Runs something for each of many items; results come in the order of the items.</summary>
    public static Task<TResult[]> RunEachAsync<TItem, TResult>(IEnumerable<TItem> items, int atOnce, Func<TItem, Task<TResult>> run)
    {
        var turns = new Turns(atOnce);
        return Task.WhenAll(items.Select(item => turns.RunAsync(() => run(item))));
    }

    public async Task<TResult> RunAsync<TResult>(Func<Task<TResult>> run)
    {
        if (_free > 0)
        {
            _free--;
        }
        else
        {
            var turn = new TaskCompletionSource();
            _waiting.Enqueue(turn);
            await turn.Task;
        }

        try
        {
            return await run();
        }
        finally
        {
            if (_waiting.TryDequeue(out var next))
            {
                next.SetResult();
            }
            else
            {
                _free++;
            }
        }
    }
}
