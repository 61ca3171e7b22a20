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

    [Theory]
    [InlineData("trian", "lora: 'trian' is not known here. Did you mean 'train'?")]
    [InlineData("config explian", "lora: 'explian' is not known here. Did you mean 'explain'?")]
    [InlineData("config explain --verbos", "lora: '--verbos' is not known here. Did you mean '--verbose'?")]
    public async Task Run_MisspeltWord_NamesTheNearestAndNothingElse(string line, string expected)
    {
        var run = await CliRun.Of(line.Split(' '));

        run.ExitCode.ShouldBe(2);
        run.ErrorLines.Length.ShouldBe(2);
        run.ErrorLines[0].ShouldBe(expected);
    }

    [Fact]
    public async Task Run_WrongValuesOfOptions_AreOneLineEachWithTheOption()
    {
        var run = await CliRun.Of(
            "weights", "resize", "a", "--rank", "x", "--conv-rank", "99999999999", "--target", "1,5", "--dynamic", "foo", "--out", "b");

        run.ExitCode.ShouldBe(2);
        run.ErrorLines.ShouldBe(
            [
                "lora: --rank: 'x' is no whole number.",
                "lora: --conv-rank: '99999999999' is out of range; 2147483647 is the most.",
                "lora: --dynamic: Argument 'foo' not recognized. Must be one of: 'sv_cumulative' 'sv_fro' 'sv_ratio'",
                "lora: --target: '1,5' is no number; give one such as 0.8, with a point and without spaces.",
                "lora: 'lora weights resize --help' says what can be given.",
            ],
            ignoreOrder: true);
    }

    [Theory]
    [InlineData("--base-model", "train", "--config", "a.yaml", "--base-model", "")]
    [InlineData("--config", "train", "--config", "")]
    [InlineData("<file>", "models", "inspect", " ")]
    [InlineData("--out", "weights", "resize", "a", "--rank", "2", "--out", "")]
    public async Task Run_EmptyValue_IsNamed(string name, params string[] args)
    {
        var run = await CliRun.Of(args);

        run.ExitCode.ShouldBe(2);
        run.ErrorLines[0].ShouldBe($"lora: {name}: the value is empty; give one, or leave it out.");
    }

    [Fact]
    public async Task Render_LoraWithoutAPath_IsNamed()
    {
        var run = await CliRun.Of("render", "--base-model", "none", "--prompt", "<lora:a:0.8>", "--lora", "a=");

        run.ExitCode.ShouldBe(2);
        run.ErrorLines[0].ShouldBe("lora: LoRA 'a' has no path; give name=path.");
    }

    [Fact]
    public async Task Run_DecimalComma_IsNotReadAsThousands()
    {
        var run = await CliRun.Of("weights", "merge", "--lora", "a", "b", "--strength", "0.5", "0,8", "--out", "c.safetensors");

        run.ExitCode.ShouldBe(2);
        run.ErrorLines[0].ShouldBe("lora: --strength: '0,8' is no number; give one such as 0.8, with a point and without spaces.");
    }

    [Fact]
    public async Task Help_Size_SaysItsDefaultOnceAsItIsWritten()
    {
        var run = await CliRun.Of("compare", "--help");

        run.Out.ShouldContain("[default: 960x512]");
        run.Out.ShouldNotContain("(960, 512)");
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
