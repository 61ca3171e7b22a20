using System.Globalization;
using LoraFunctions.Jobs;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace LoraFunctions.Cli.Nightly;

/// <summary>
/// A table of the night: a car model a line, a stage a column. Every line is shorter than the terminal is wide, whatever names it holds: a terminal that
/// breaks lines by itself would be redrawn at the wrong place. Bars are of plain signs, which no terminal draws in two cells.
/// </summary>
internal sealed class NightTable(NightBoard board) : Renderable
{
    private const string Between = "  ";
    private const int ShortestName = 9;

    /// <summary>What the first stages' columns must leave: they are done with early.</summary>
    private const int GoodName = 16;
    private const int LongestName = 32;

    /// <summary>The heading, the line of what is left out, and the sum; and one for the cursor.</summary>
    private const int LinesBeside = 4;

    /// <summary>The ellipsis of a shortened name may take two cells where Chinese is the terminal's language.</summary>
    private const int Margin = 2;

    /// <summary>In the order of their places; those of a higher number give way first.</summary>
    private static readonly Column[] s_columns =
    [
        new("gate", 5, GivesWay: 4, row => Count(row.Gated, row.Listings)),
        new("labels", 6, GivesWay: 3, row => Count(row.Labelled, row.ToLabel)),
        new("training", 20, GivesWay: 0, row => Training(row, 20)),
        new("pictures", 8, GivesWay: 2, row => Count(row.Rendered, row.Comparisons)),
        new("left", 7, GivesWay: 1, row => row.Left is { } left ? Pace.Text(left) : ""),
    ];

    protected override IEnumerable<Segment> Render(RenderOptions options, int maxWidth)
    {
        foreach (var line in Lines(board, maxWidth, options.ConsoleSize.Height))
        {
            yield return new Segment(line);
            yield return Segment.LineBreak;
        }
    }

    /// <param name="width">Of the terminal.</param>
    /// <param name="height">Of the terminal; what does not fit is counted.</param>
    public static IReadOnlyList<string> Lines(NightBoard board, int width, int height)
    {
        var rows = board.Rows();
        if (rows.Count == 0)
        {
            return [];
        }

        var room = Math.Max(1, width - Margin);
        var columns = Fitting(room);
        var name = Math.Clamp(room - columns.Sum(c => c.Width + Between.Length), Math.Min(ShortestName, room), LongestName);
        var most = Math.Max(1, height - LinesBeside);
        var ordered = rows.Count <= most ? rows : [.. rows.OrderBy(row => row.Now is not null ? 0 : row.IsDone ? 2 : 1)];
        var lines = new List<string> { Line("car model", columns.Select(c => c.Heading)) };
        lines.AddRange(ordered.Take(most).Select(row => Line(row.Name, columns.Select(c => c.Cell(row)))));
        if (ordered.Skip(most).ToList() is { Count: > 0 } others)
        {
            lines.Add(Cut($"and {others.Count} more: {others.Count(row => !row.IsDone)} to do, {others.Count(row => row.IsDone)} done", room));
        }

        lines.Add(Cut(Sum(board, rows), room));
        return lines;

        string Line(string first, IEnumerable<string> cells) =>
            Cut(string.Join(Between, cells.Zip(columns, (cell, column) => Padded(Cut(cell, column.Width), column.Width)).Prepend(Padded(BarLine.Fit(first, "", name), name))).TrimEnd(), room);
    }

    private static List<Column> Fitting(int room)
    {
        var columns = s_columns.ToList();
        while (columns.MaxBy(c => c.GivesWay) is { } next
            && (next.GivesWay > 2 ? GoodName : ShortestName) + columns.Sum(c => c.Width + Between.Length) > room)
        {
            columns.Remove(next);
        }

        return columns;
    }

    private static string Sum(NightBoard board, IReadOnlyList<BoardRow> rows)
    {
        var trainings = rows.Count(row => row.Training >= TrainingTonight.Queued);
        var left = board.Left(out var isLeast) is { } time ? $", {(isLeast ? "more than" : "about")} {Pace.Text(time)} left" : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"all: gate {rows.Sum(r => r.Gated)}/{rows.Sum(r => r.Listings)}, labels {rows.Sum(r => r.Labelled)}/{rows.Sum(r => r.ToLabel)}, trained {rows.Count(r => r.Training >= TrainingTonight.Trained)}/{trainings}, comparisons {rows.Sum(r => r.Rendered) / 2}/{rows.Sum(r => r.Comparisons) / 2}{left}");
    }

    private static string Count(int done, int all) => all == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{done}/{all}");

    private static string Training(BoardRow row, int width) => row switch
    {
        { Training: TrainingTonight.UnderWay, Now: { } now } => Bar(now, width),
        { Training: TrainingTonight.Unknown } => "",
        { Training: TrainingTonight.UpToDate } => "up to date",
        { Training: TrainingTonight.UnderWay or TrainingTonight.Queued } => "queued",
        _ => row.Training.ToString().ToLowerInvariant(),
    };

    private static string Bar(JobProgress now, int width)
    {
        var numbers = Count(now.Done, now.Total);
        if (now.Stage != "training")
        {
            return $"{now.Stage} {numbers}";
        }

        var cells = Math.Max(0, width - numbers.Length - 1);
        var full = (int)(cells * (long)now.Done / Math.Max(1, now.Total));
        return $"{new string('#', full)}{new string('.', cells - full)} {numbers}";
    }

    private static string Cut(string text, int width) => BarLine.Cells(text) <= width ? text : text[..BarLine.Head(text, width)];

    private static string Padded(string text, int width) => text + new string(' ', Math.Max(0, width - BarLine.Cells(text)));

    /// <param name="GivesWay">Those of a higher number are left out first where the terminal is narrow.</param>
    private sealed record Column(string Heading, int Width, int GivesWay, Func<BoardRow, string> Cell);
}
