using LoraFunctions.Jobs;
using Microsoft.Extensions.Time.Testing;
using Shouldly;
using Xunit;

namespace LoraFunctions.Cli.Tests;

public sealed class ProgressDisplayTests
{
    [Fact]
    public async Task Run_OutputIsNoTerminal_PrintsALineNowAndThenAndAtTheEnd()
    {
        var (output, time) = (new StringWriter { NewLine = "\n" }, new FakeTimeProvider());

        var result = await ProgressDisplay.RunAsync(
            CliConsole.ForWriters(output, TextWriter.Null),
            progress =>
            {
                for (var step = 1; step <= 6; step++)
                {
                    progress.Report(new JobProgress("training a", step, 6, 1.0 / step));
                    progress.Report(new JobProgress("training b", step, 6));
                    time.Advance(TimeSpan.FromSeconds(4));
                }

                return Task.FromResult(5);
            },
            time);

        result.ShouldBe(5);
        var lines = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.Length.ShouldBe(6);
        lines[0].ShouldBe("training a 1/6, loss 1.0000");
        lines[1].ShouldBe("training b 1/6");
        lines[2].ShouldMatch(@"^training a 4/6, loss 0\.2500, 4\.0 s/it, 0:08 left, \d+\.\d GB$");
        lines[3].ShouldMatch(@"^training b 4/6, 4\.0 s/it, 0:08 left, \d+\.\d GB$");
        lines[4].ShouldMatch(@"^training a 6/6, loss 0\.1667, 4\.0 s/it, \d+\.\d GB$");
        lines[5].ShouldMatch(@"^training b 6/6, 4\.0 s/it, \d+\.\d GB$");
    }
}
