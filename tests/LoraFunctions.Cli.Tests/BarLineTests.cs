using System.Text.RegularExpressions;
using LoraFunctions.Jobs;
using Microsoft.Extensions.Time.Testing;
using Shouldly;
using Spectre.Console;
using Spectre.Console.Rendering;
using Xunit;

namespace LoraFunctions.Cli.Tests;

public sealed partial class BarLineTests
{
    [Theory]
    [InlineData("gate", " 3/5", 20, "gate 3/5")]
    [InlineData("render sedan vs wagon, night: rendering", " 4/16", 30, "render sedan…t: rendering 4/16")]
    [InlineData("comparisons", " 1/2, sedan vs wagon, night", 20, "comparisons 1/2, se…")]
    [InlineData("train 比亚迪-汉-ev-旗舰版-2023: training", " 10/24, loss 1.2", 36, "train 比…: training 10/24, loss 1.2")]
    [InlineData("比亚迪汉", " 1/2", 11, "比亚迪汉 1…")]
    public void Fit_Text_TakesNoMoreThanItsWidth(string name, string numbers, int width, string expected)
    {
        string line = BarLine.Fit(name, numbers, width);

        line.ShouldBe(expected);
        new Segment(line).CellCount().ShouldBeLessThanOrEqualTo(width);
    }

    [Fact]
    public async Task Bars_OfATrainingAtEightyColumns_StayOnTheirLines()
    {
        var (screen, time) = (new StringWriter { NewLine = "\n" }, new FakeTimeProvider());
        const string name = "training a-car-model-of-a-long-name-2024";

        await ProgressDisplay.RunAsync(
            Terminal(screen),
            progress =>
            {
                progress.Report(new JobProgress(name, 100, 1200, 0.1313));
                time.Advance(TimeSpan.FromSeconds(0.3));
                progress.Report(new JobProgress(name, 101, 1200, 0.1313));
                return Task.FromResult(0);
            },
            time);

        Rows(screen).Where(row => row.Contains("101/1200", StringComparison.Ordinal)).ShouldNotBeEmpty();
        Rows(screen).ShouldAllBe(row => row.Length == 0 || row.StartsWith("train", StringComparison.Ordinal));
    }

    [Fact]
    public void Notice_LongerThanTheTerminal_BreaksBetweenWords()
    {
        var screen = new StringWriter { NewLine = "\n" };

        Terminal(screen, 30).Notice("sedan: validation loss 1.2704 after epoch 2, step 6");

        Rows(screen).Select(row => row.TrimEnd()).ShouldBe(["sedan: validation loss 1.2704", "after epoch 2, step 6", ""]);
    }

    [Fact]
    public void Notice_ChineseText_IsCutByItsCells()
    {
        var screen = new StringWriter { NewLine = "\n" };

        Terminal(screen, 12).Notice("比亚迪汉旗舰版");

        Rows(screen).Select(row => row.TrimEnd()).ShouldBe(["比亚迪汉旗", "舰版", ""]);
    }

    /// <summary>As a person sees it; its cursor movements are taken out afterwards, so that every refresh follows the one before.</summary>
    private static CliConsole Terminal(StringWriter screen, int width = 80)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.Yes,
            Out = new AnsiConsoleOutput(screen),
        });
        console.Profile.Width = width;
        return new CliConsole(console, TextWriter.Null);
    }

    private static IEnumerable<string> Rows(StringWriter screen) =>
        EscapeSequences().Replace(screen.ToString(), string.Empty).Split('\n').Select(row => row.Trim());

    [GeneratedRegex(@"\u001b\[[0-9;?]*[A-Za-z]")]
    private static partial Regex EscapeSequences();
}
