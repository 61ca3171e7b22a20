using Spectre.Console;

namespace LoraFunctions.Cli.Nightly;

/// <summary>A table on a terminal, redrawn in its place; lines above it for what stays said.</summary>
internal sealed class TableNightDisplay(CliConsole console, NightBoard board) : INightDisplay
{
    private static readonly TimeSpan s_redraw = TimeSpan.FromMilliseconds(500);

    private readonly Lock _lock = new();

    public NightBoard Board => board;

    /// <summary>Draws until the night ends, and takes the table away then.</summary>
    public static async Task<T> RunAsync<T>(CliConsole console, Func<INightDisplay, Task<T>> night, TimeProvider? time = null)
    {
        var board = new NightBoard(time ?? TimeProvider.System);
        return await console.Out.Live(new NightTable(board)).AutoClear(true).Overflow(VerticalOverflow.Crop).StartAsync(async context =>
        {
            Task<T> running = night(new TableNightDisplay(console, board));
            while (await Task.WhenAny(running, Task.Delay(s_redraw)) != running)
            {
                context.Refresh();
            }

            context.Refresh();
            return await running;
        });
    }

    public void Say(string line)
    {
        lock (_lock)
        {
            console.Notice(line);
        }
    }

    public void ShowStation(string station, int done, int total, string detail)
    {
        // The table's columns say it.
    }

    public void ShowJob(string job, string stage, int done, int total, string detail)
    {
        // So does its line.
    }
}
