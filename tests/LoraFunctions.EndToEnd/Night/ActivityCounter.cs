using Shouldly;
using Xunit;
using LoraFunctions.Cli.Hosting;

namespace LoraFunctions.EndToEnd.Night;

/// <summary>Counts what ended, and ends the process's night after so many.</summary>
internal sealed class ActivityCounter : IActivityObserver
{
    private readonly Lock _lock = new();
    private int? _dieAfter;
    private CancellationTokenSource? _end;

    public int Count { get; private set; }

    public void Begin(int? dieAfter, CancellationTokenSource end) => (Count, _dieAfter, _end) = (0, dieAfter, end);

    public void Ended(object input, object output)
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
