namespace LoraFunctions.Benchmarks.Scalars;

/// <summary>A thread that collects and finalizes all the time: what is freed too early is found.</summary>
internal sealed class Collector : IDisposable
{
    private readonly Thread _thread;
    private volatile bool _ends;

    public Collector()
    {
        _thread = new Thread(() =>
        {
            while (!_ends)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
                Collections++;
                Thread.Sleep(1);
            }
        }) { IsBackground = true, Name = "collector" };
        _thread.Start();
    }

    public long Collections { get; private set; }

    public void Dispose()
    {
        _ends = true;
        _thread.Join();
    }
}
