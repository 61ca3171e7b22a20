namespace LoraFunctions.EndToEnd.Night;

/// <summary>Counts the activities that ended, and ends the process's night after so many.</summary>
internal sealed class ActivityCounter(int dieAfter = int.MaxValue) : IDisposable
{
    private readonly CancellationTokenSource _end = new();
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public CancellationToken End => _end.Token;

    public void Ended(string instanceId, string activity, string outputJson)
    {
        if (Interlocked.Increment(ref _count) == dieAfter)
        {
            _end.Cancel();
        }
    }

    public void Dispose() => _end.Dispose();
}
