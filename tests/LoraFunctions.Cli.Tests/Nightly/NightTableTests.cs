using System.Text.RegularExpressions;
using LoraFunctions.Cli.Nightly;
using LoraFunctions.Jobs;
using LoraFunctions.Pipeline.Comparisons;
using LoraFunctions.Pipeline.Jobs;
using LoraFunctions.Pipeline.Listings;
using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Training;
using Microsoft.Extensions.Time.Testing;
using Shouldly;
using Spectre.Console;
using Xunit;

namespace LoraFunctions.Cli.Tests.Nightly;

public sealed partial class NightTableTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Lines_OfANightUnderWayAtEightyColumns_AreATableOfModelsAndStages()
    {
        NightBoard board = Night();

        string[] lines = [.. NightTable.Lines(board, width: 80, height: 24)];

        lines.ShouldBe(
        [
            "car model               gate   labels  training              pictures  left",
            "Aurora Sedan 2024       2/2    2/2     ####........ 120/320  0/2       0:20",
            "Borealis Wagon 2023     1/2            queued                0/1",
            "比亚迪 汉 EV 旗舰版     1/1    0/1     queued                0/1",
            "all: gate 4/5, labels 2/3, trained 0/3, comparisons 0/2, more than 1:08 left",
        ]);
    }

    /// <summary>No line is longer than the terminal, in its cells, whatever is in it and however narrow it is.</summary>
    [Fact]
    public void Lines_AtEveryWidthAndHeight_FitTheTerminal()
    {
        NightBoard board = Night(more: 40);

        for (int width = 1; width <= 200; width++)
        {
            foreach (int height in new[] { 1, 5, 10, 24, 80 })
            {
                IReadOnlyList<string> lines = NightTable.Lines(board, width, height);

                lines.ShouldAllBe(line => BarLine.Cells(line) < Math.Max(2, width));
                lines.Count.ShouldBeLessThan(Math.Max(5, height));
            }
        }
    }

    [Fact]
    public void Lines_OfHundredsOfModels_ShowThoseUnderWayAndCountTheOthers()
    {
        NightBoard board = Night(more: 300);
        board.Moved(Job(JobKind.Train, "model:car-300"), new JobProgress("training", 1, 10));

        IReadOnlyList<string> lines = NightTable.Lines(board, width: 80, height: 12);

        lines.Count.ShouldBe(1 + 8 + 2);
        lines.ShouldContain(line => line.StartsWith("Model 300 ", StringComparison.Ordinal));
        lines[^2].ShouldBe("and 295 more: 295 to do, 0 done");
    }

    [Fact]
    public void Lines_WhenEverythingIsDone_SaySo()
    {
        NightBoard board = Night();
        foreach (string model in new[] { "aurora", "borealis", "byd" })
        {
            board.Ended(Job(JobKind.Train, $"model:{model}"), succeeded: model != "byd");
            board.Ended(Job(JobKind.Train, $"model:{model}"), succeeded: true); // told twice
        }

        board.Ended(Job(JobKind.Render, "vs:aurora:borealis:city"), succeeded: true);
        board.Ended(Job(JobKind.Render, "vs:aurora:byd:city"), succeeded: true);

        string[] lines = [.. NightTable.Lines(board, width: 60, height: 24)];

        lines[1].ShouldBe("Aurora Sedan 2024  trained               2/2");
        lines[3].ShouldBe("比亚迪 …V 旗舰版   failed                1/1");
    }

    [Theory]
    [InlineData(80)]
    [InlineData(33)]
    [InlineData(12)]
    public async Task Table_OnATerminal_IsRedrawnInItsPlace(int width)
    {
        var screen = new StringWriter { NewLine = "\n" };

        await TableNightDisplay.RunAsync(Terminal(screen, width), async display =>
        {
            Tell(display.Board.ShouldNotBeNull(), more: 0);
            await Task.Delay(TimeSpan.FromSeconds(0.7), TestContext.Current.CancellationToken);
            display.Say("data set of 比亚迪 汉 EV 旗舰版: 54 photos");
            return 0;
        });

        // As a terminal of that width would show it: lines that were drawn over are gone.
        Screen(screen.ToString(), width).ShouldBe(Said(width));
    }

    private static string[] Said(int width) => width switch
    {
        80 => ["data set of 比亚迪 汉 EV 旗舰版: 54 photos"],
        33 => ["data set of 比亚迪 汉 EV 旗舰版:", "54 photos"],
        _ => ["data set of", "比亚迪 汉", "EV 旗舰版:", "54 photos"],
    };

    private NightBoard Night(int more = 0)
    {
        var board = new NightBoard(_time);
        Tell(board, more);
        board.Moved(Job(JobKind.Train, "model:aurora"), new JobProgress("training", 80, 320, 0.2));
        _time.Advance(TimeSpan.FromSeconds(4));
        board.Moved(Job(JobKind.Train, "model:aurora"), new JobProgress("training", 120, 320, 0.1));
        return board;
    }

    private static void Tell(NightBoard board, int more)
    {
        var plan = new NightPlan(
            "2025-03-02",
            [
                Listing("1001", "aurora", "Aurora", "Sedan 2024"), Listing("1002", "aurora", "Aurora", "Sedan 2024"),
                Listing("2001", "borealis", "Borealis", "Wagon 2023"), Listing("2002", "borealis", "Borealis", "Wagon 2023"),
                Listing("3001", "byd", "比亚迪", "汉 EV 旗舰版"),
                .. Enumerable.Range(1, more).Select(i => Listing($"car-{i}-1", $"car-{i}", "Model", $"{i} 的超级无敌加长旗舰尊享版 of a very long name indeed")),
            ],
            ["aurora", "borealis", "byd"],
            new Dictionary<string, IReadOnlyList<string>>(),
            []);
        board.Planned(plan);
        board.Gated("1001", 20);
        board.Gated("1002", 34);
        board.Gated("2001", 0);
        board.Gated("3001", 54);
        board.Ended(Job(JobKind.Label, "1001"), succeeded: true);
        board.Ended(Job(JobKind.Label, "1002"), succeeded: true);
        foreach (var (key, name) in new[] { ("aurora", "Aurora Sedan 2024"), ("borealis", "Borealis Wagon 2023"), ("byd", "比亚迪 汉 EV 旗舰版") })
        {
            var job = new PreparedJob($"train-{key}", JobKind.Train, new BlobRef("jobs", "spec", "", ""), TimeSpan.FromHours(1), 2);
            board.Prepared(new PreparedTraining(key, name, TrainingDue.Now, 54, null, job, null));
        }

        board.Planned(new ComparisonPlan([new ChosenPair("aurora", "borealis", ["city"], "wide"), new ChosenPair("aurora", "byd", ["city"], "wide")], []));
    }

    private static PlannedListing Listing(string id, string model, string make, string name) =>
        new(id, model, "key", new Vehicle(1, make, name, "", 2024, "sedan", 1, true, [], DateTimeOffset.UnixEpoch));

    private static JobMessage Job(JobKind kind, string subject) =>
        new(1, $"{kind}-{subject}", kind, $"nightly-20250302:{subject}:{kind.ToString().ToLowerInvariant()}", "done-1", new BlobRef("jobs", "spec.json", "", ""), null);

    private static CliConsole Terminal(StringWriter screen, int width)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.Yes,
            Out = new AnsiConsoleOutput(screen),
        });
        console.Profile.Width = width;
        console.Profile.Height = 24;
        return new CliConsole(console, TextWriter.Null);
    }

    /// <summary>What stands on a terminal in the end: cursor up, to the line's beginning, erase a line; a line that is too long breaks.</summary>
    private static string[] Screen(string written, int width)
    {
        var rows = new List<string> { "" };
        int at = 0;
        foreach (Match part in Part().Matches(written))
        {
            string text = part.Value;
            if (text == "\n")
            {
                at++;
            }
            else if (text == "\r")
            {
                // Everything is written from a line's beginning.
            }
            else if (text.EndsWith('A'))
            {
                at -= int.Parse(text[2..^1], System.Globalization.CultureInfo.InvariantCulture);
                at.ShouldBeGreaterThanOrEqualTo(0);
            }
            else if (text.EndsWith('K'))
            {
                rows[at] = "";
            }
            else if (!text.StartsWith('\u001b'))
            {
                BarLine.Cells(text.TrimEnd()).ShouldBeLessThan(width, text);
                rows[at] = text;
            }

            while (rows.Count <= at)
            {
                rows.Add("");
            }
        }

        return [.. rows.Select(row => row.TrimEnd()).Where(row => row.Length > 0)];
    }

    [GeneratedRegex(@"\u001b\[[0-9;?]*[A-Za-z]|\n|\r|[^\u001b\n\r]+")]
    private static partial Regex Part();
}
