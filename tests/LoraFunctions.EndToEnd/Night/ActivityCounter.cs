namespace LoraFunctions.EndToEnd.Night;

/// <summary>Counts the activities that ended, and ends the process's night after so many.</summary>
internal sealed class ActivityCounter
{
    private readonly Lock _lock = new();
    private int? _dieAfter;
    private CancellationTokenSource? _end;

    public int Count { get; private set; }

    public void Begin(int? dieAfter, CancellationTokenSource end) => (Count, _dieAfter, _end) = (0, dieAfter, end);

    public void Ended(string instanceId, string activity, string outputJson)
    {
        lock (_lock)
        {
            Count++;
            if (Count == _dieAfter)
            {
                _end!.Cancel();
            }
        }
    }
}
