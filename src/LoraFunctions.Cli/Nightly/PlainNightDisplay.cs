namespace LoraFunctions.Cli.Nightly;

/// <summary>Lines for a file or a pipe: the first and the last step of every station and job, and one now and then between them.</summary>
internal sealed class PlainNightDisplay(CliConsole console, TimeProvider time) : INightDisplay
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _shown = new(StringComparer.Ordinal);

    public void Say(string line)
    {
        lock (_lock)
        {
            console.Line(line);
        }
    }

    public void ShowStation(string station, int done, int total, string detail) => Show(station, done, total, detail);

    public void ShowJob(string job, string stage, int done, int total, string detail) => Show($"{job}: {stage}", done, total, detail);

    private void Show(string name, int done, int total, string detail)
    {
        lock (_lock)
        {
            bool known = _shown.TryGetValue(name, out long last);
            if (known && done < total && time.GetElapsedTime(last) < Interval)
            {
                return;
            }

            _shown[name] = time.GetTimestamp();
            console.Line(NightLine.Of(name, done, total, detail));
        }
    }
}
