namespace LoraFunctions.Benchmarks.Scalars;

/// <summary>A thread that collects and finalizes all the time: what is freed too early is found.</summary>
internal sealed class Collector : IDisposable
{
    private readonly Thread _thread;
    private readonly ManualResetEventSlim _end = new();

    public Collector()
    {
        _thread = new Thread(() =>
        {
            do
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
                Collections++;
            }
            while (!_end.Wait(millisecondsTimeout: 1));
        }) { IsBackground = true, Name = "collector" };
        _thread.Start();
    }

    public long Collections { get; private set; }

    public void Dispose()
    {
        _end.Set();
        _thread.Join();
        _end.Dispose();
    }
}
