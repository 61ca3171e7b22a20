using System.Globalization;
using Spectre.Console;

namespace LoraFunctions.Cli.Nightly;

/// <summary>A bar a station on a terminal; finished bars of single jobs give way to the next.</summary>
internal sealed class BarsNightDisplay(ProgressContext context) : INightDisplay
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, ProgressTask> _bars = new(StringComparer.Ordinal);

    public static Task<T> RunAsync<T>(CliConsole console, Func<INightDisplay, Task<T>> night) =>
        console.Out.Progress()
            .Columns(
                new TaskDescriptionColumn { Alignment = Justify.Left },
                new ProgressBarColumn(),
                new PercentageColumn(),
                new ElapsedTimeColumn(),
                new RemainingTimeColumn())
            .StartAsync(context => night(new BarsNightDisplay(context)));

    public void Say(string line)
    {
        lock (_lock)
        {
            ProgressTask bar = context.AddTask(Markup.Escape(line), maxValue: 1);
            bar.Value = 1;
            bar.StopTask();
        }
    }

    public void Show(string station, int done, int total, string detail)
    {
        lock (_lock)
        {
            if (!_bars.TryGetValue(station, out ProgressTask? bar))
            {
                _bars[station] = bar = context.AddTask(station, maxValue: Math.Max(1, total));
            }

            bar.MaxValue = Math.Max(1, total);
            bar.Value = total == 0 ? 1 : done;
            bar.Description = Markup.Escape(string.Create(
                CultureInfo.InvariantCulture,
                $"{station} {done}/{total}{(detail.Length == 0 ? string.Empty : $", {detail}")}"));
        }
    }
}
