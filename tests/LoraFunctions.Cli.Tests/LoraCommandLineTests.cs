using LoraFunctions.Jobs;
using LoraFunctions.Jobs.Training.Configuration;
using Shouldly;
using Xunit;

namespace LoraFunctions.Cli.Tests;

public sealed class LoraCommandLineTests
{
    [Fact]
    public async Task Run_NoCommand_SaysSoAndExits2()
    {
        var run = await CliRun.Of();

        run.ExitCode.ShouldBe(2);
        run.ErrorLines.ShouldAllBe(line => line.StartsWith("lora: "));
        run.ErrorLines[^1].ShouldBe("lora: 'lora --help' says what can be given.");
    }

    [Fact]
    public async Task Run_UnknownOption_SaysSoAndExits2()
    {
        var run = await CliRun.Of("config", "explain", "--colour");

        run.ExitCode.ShouldBe(2);
        run.ErrorLines[0].ShouldContain("--colour");
        run.ErrorLines[^1].ShouldBe("lora: 'lora config explain --help' says what can be given.");
    }

    [Fact]
    public async Task Help_Root_ListsCommandsAndExits0()
    {
        var run = await CliRun.Of("--help");

        run.ExitCode.ShouldBe(0);
        run.Out.ShouldContain("config");
        run.Error.ShouldBeEmpty();
    }

    [Fact]
    public async Task ConfigExplain_Always_PrintsEveryKeyWithItsDefault()
    {
        var run = await CliRun.Of("config", "explain");

        run.ExitCode.ShouldBe(0);
        foreach (var key in TrainingKeys.All)
        {
            run.Out.ShouldContain($" {key.Name} ");
        }

        run.Out.ShouldContain("0.0002");
    }

    [Fact]
    public void Report_InvalidInput_IsOneLineAProblem()
    {
        var error = new StringWriter { NewLine = "\n" };

        Failures.Report(new InvalidJobInputException(["a.yaml:1: x", "b\nc"]), verbose: false, error).ShouldBe(2);

        error.ToString().ShouldBe("lora: a.yaml:1: x\nlora: b c\n");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Report_Unexpected_ShowsTheTraceOnlyWhenAsked(bool verbose)
    {
        var error = new StringWriter();
        Exception caught = Should.Throw<InvalidOperationException>(() => throw new InvalidOperationException("odd"));

        Failures.Report(caught, verbose, error).ShouldBe(1);

        error.ToString().ShouldContain("odd");
        error.ToString().Contains("   at ", StringComparison.Ordinal).ShouldBe(verbose);
    }
}
