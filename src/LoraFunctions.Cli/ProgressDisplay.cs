using System.Globalization;
using LoraFunctions.Jobs;
using Spectre.Console;

namespace LoraFunctions.Cli;

/// <summary>Shows a job's progress: a bar a stage on a terminal, now and then a plain line where output is a file or a pipe.</summary>
internal static class ProgressDisplay
{
    /// <summary>Plain lines of a stage come at most this often, and at its end.</summary>
    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(10);

    /// <summary>Percentage and spinner behind the bar.</summary>
    private const int ColumnsBehindBar = 4 + 1 + 2;

    public static T Run<T>(CliConsole console, Func<IProgress<JobProgress>, T> job) =>
        RunAsync(console, progress => Task.FromResult(job(progress))).GetAwaiter().GetResult();

    public static async Task<T> RunAsync<T>(CliConsole console, Func<IProgress<JobProgress>, Task<T>> job, TimeProvider? time = null)
    {
        if (!console.Out.Profile.Capabilities.Interactive)
        {
            return await job(new PlainLines(console, time ?? TimeProvider.System));
        }

        return await console
            .Out.Progress()
            .Columns(
                new TaskDescriptionColumn { Alignment = Justify.Left },
                new ProgressBarColumn(),
                new PercentageColumn(),
                new SpinnerColumn())
            .StartAsync(context => job(new Bars(console, context, time ?? TimeProvider.System)));
    }

    private static string Numbers(JobProgress progress) =>
        string.Create(CultureInfo.InvariantCulture, $" {progress.Done}/{progress.Total}")
        + (progress.Loss is { } loss ? string.Create(CultureInfo.InvariantCulture, $", loss {loss:0.0000}") : "");

    private sealed class Bars(CliConsole console, ProgressContext context, TimeProvider time) : IProgress<JobProgress>
    {
        private readonly Dictionary<string, ProgressTask> _tasks = new(StringComparer.Ordinal);
        private readonly Pace _pace = new(time);

        public void Report(JobProgress value)
        {
            if (!_tasks.TryGetValue(value.Stage, out var task))
            {
                _tasks[value.Stage] = task = context.AddTask(Markup.Escape(value.Stage), maxValue: Math.Max(1, value.Total));
            }

            task.MaxValue = Math.Max(1, value.Total);
            task.Value = value.Total == 0 ? 1 : value.Done;
            string line = BarLine.Fit(value.Stage, Numbers(value) + _pace.Of(value), BarLine.WidthOn(console, ColumnsBehindBar));
            task.Description = Markup.Escape(line);
        }
    }

    private sealed class PlainLines(CliConsole console, TimeProvider time) : IProgress<JobProgress>
    {
        // By stage: the first line of each is shown.
        private readonly Dictionary<string, long> _last = new(StringComparer.Ordinal);
        private readonly Pace _pace = new(time);

        public void Report(JobProgress value)
        {
            var pace = _pace.Of(value);
            if (!_last.TryGetValue(value.Stage, out var last) || value.Done >= value.Total || time.GetElapsedTime(last) >= LineInterval)
            {
                console.Line(value.Stage + Numbers(value) + pace);
                _last[value.Stage] = time.GetTimestamp();
            }
        }
    }
}
