namespace LoraFunctions.Cli.Hosting;

/// <summary>Events of one instance by their names. What nobody waits for is kept until somebody does; each event wakes one wait.</summary>
internal sealed class Mailbox
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Queue<string>> _kept = new(StringComparer.Ordinal);
    private readonly Dictionary<string, LinkedList<TaskCompletionSource<string>>> _waiting = new(StringComparer.Ordinal);

    public void Put(string eventName, string payloadJson)
    {
        lock (_lock)
        {
            if (_waiting.TryGetValue(eventName, out LinkedList<TaskCompletionSource<string>>? waits))
            {
                while (waits.First is { } first)
                {
                    waits.RemoveFirst();
                    if (first.Value.TrySetResult(payloadJson))
                    {
                        return;
                    }
                }
            }

            if (!_kept.TryGetValue(eventName, out Queue<string>? kept))
            {
                _kept[eventName] = kept = new Queue<string>();
            }

            kept.Enqueue(payloadJson);
        }
    }

    public async Task<string> TakeAsync(string eventName, CancellationToken cancellationToken)
    {
        var wait = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_kept.TryGetValue(eventName, out Queue<string>? kept) && kept.TryDequeue(out string? payload))
            {
                return payload;
            }

            if (!_waiting.TryGetValue(eventName, out LinkedList<TaskCompletionSource<string>>? waits))
            {
                _waiting[eventName] = waits = new LinkedList<TaskCompletionSource<string>>();
            }

            waits.AddLast(wait);
        }

        await using CancellationTokenRegistration cancelled = cancellationToken.Register(() => wait.TrySetCanceled(cancellationToken));
        return await wait.Task;
    }
}
