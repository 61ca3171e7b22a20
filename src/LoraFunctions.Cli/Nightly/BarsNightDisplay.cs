using Spectre.Console;

namespace LoraFunctions.Cli.Nightly;

/// <summary>
/// Bars on a terminal for what is under way, lines above them for what is done: a night has hundreds of jobs, and bars that stayed would
/// not fit.
/// </summary>
internal sealed class BarsNightDisplay(CliConsole console, ProgressContext context) : INightDisplay
{
    /// <summary>Percentage and remaining time behind the bar.</summary>
    private const int ColumnsBehindBar = 4 + 1 + 8;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, ProgressTask> _bars = new(StringComparer.Ordinal);

    public static Task<T> RunAsync<T>(CliConsole console, Func<INightDisplay, Task<T>> night) =>
        console.Out.Progress()
            .AutoClear(true)
            .HideCompleted(true)
            .Columns(
                new TaskDescriptionColumn { Alignment = Justify.Left },
                new ProgressBarColumn(),
                new PercentageColumn(),
                new RemainingTimeColumn())
            .StartAsync(context => night(new BarsNightDisplay(console, context)));

    public void Say(string line)
    {
        lock (_lock)
        {
            console.Notice(line);
        }
    }

    public void ShowStation(string station, int done, int total, string detail)
    {
        lock (_lock)
        {
            Move(station, done, total, detail);
            if (done >= total)
            {
                console.Notice(NightLine.Of(station, done, total, string.Empty));
            }
        }
    }

    public void ShowJob(string job, string stage, int done, int total, string detail)
    {
        lock (_lock)
        {
            Move(Name(job, stage), done, total, detail);
        }
    }

    public void EndJob(string job)
    {
        lock (_lock)
        {
            foreach (string name in _bars.Keys.Where(name => name.StartsWith(Name(job, string.Empty), StringComparison.Ordinal)).ToList())
            {
                _bars[name].StopTask();
                _bars.Remove(name);
            }
        }
    }

    private static string Name(string job, string stage) => $"{job}: {stage}";

    private void Move(string name, int done, int total, string detail)
    {
        if (!_bars.TryGetValue(name, out ProgressTask? bar))
        {
            _bars[name] = bar = context.AddTask(Markup.Escape(name), maxValue: Math.Max(1, total));
        }

        bar.MaxValue = Math.Max(1, total);
        bar.Description = Markup.Escape(BarLine.Fit(name, NightLine.Numbers(done, total, detail), BarLine.WidthOn(console, ColumnsBehindBar)));
        bar.Value = total == 0 ? 1 : done;
        if (done >= total)
        {
            bar.StopTask();
            _bars.Remove(name);
        }
    }
}
