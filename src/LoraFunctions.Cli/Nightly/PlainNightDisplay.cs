using System.Globalization;

namespace LoraFunctions.Cli.Nightly;

/// <summary>Lines for a file or a pipe: the first and the last step of every station, and one now and then between them.</summary>
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

    public void Show(string station, int done, int total, string detail)
    {
        lock (_lock)
        {
            bool known = _shown.TryGetValue(station, out long last);
            if (known && done < total && time.GetElapsedTime(last) < Interval)
            {
                return;
            }

            _shown[station] = time.GetTimestamp();
            console.Line(string.Create(CultureInfo.InvariantCulture, $"{station} {done}/{total}{(detail.Length == 0 ? string.Empty : $", {detail}")}"));
        }
    }
}
