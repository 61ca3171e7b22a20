using LoraFunctions.Jobs.Tests;
using Shouldly;
using Xunit;

namespace LoraFunctions.Cli.Tests.Commands;

/// <summary>What a person sees of a training.</summary>
public sealed class TrainCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TrainCommandTests()
    {
        TinyModels.StableDiffusion(_folder.Below("base"));
        for (var i = 0; i < 4; i++)
        {
            TestPictures.WritePng(_folder.Below("photos", $"p{i}.png"), 80, 64, i);
        }

        _folder.Write("photos/metadata.csv", string.Concat(Enumerable.Range(0, 4).Select(i => $"p{i}.png,\"car, photo {i}\"\n")));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Train_WithValidationAndSamples_TellsNumbersSheetsAndWhichWeightsWereKept()
    {
        var run = await CliRun.Of("train", "--config", Yaml("validation_share: 0.25\nsample_every_epochs: 2\nsample_count: 2\nsample_steps: 1\n"));

        run.ExitCode.ShouldBe(0, run.Error);
        run.Out.ShouldMatch(@"\nx: validation loss \d\.\d{4} after epoch 1, step 2, the best so far\.\n");
        run.Out.ShouldMatch(@"\nx: validation loss \d\.\d{4} after epoch 2, step 4");
        run.Out.ShouldMatch(@"\nsample pictures 2/2, \d+\.\d (it/s|s/it), \d");
        run.Out.ShouldContain($"\nx: sample pictures of epoch 2: {_folder.Below("out", "checkpoints", "samples", "x-epoch-002.png")}\n");
        run.Out.ShouldMatch(@"x\.safetensors: 4 steps, loss of the last epoch \d\.\d{4}, weights of step [24] with the best validation loss \d\.\d{4}\n");
        run.Error.ShouldBeEmpty();
    }

    [Fact]
    public async Task Train_StoppedAndStartedAgain_SaysWhereItGoesOnAndThatAPersonStoppedIt()
    {
        var yaml = Yaml("save_steps: 1\n");
        using var cancel = new CancellationTokenSource();
        var (output, error) = (new CancelAtFirstStep(cancel), new StringWriter { NewLine = "\n" });
        (await LoraCommandLine.RunAsync(["train", "--config", yaml], CliConsole.ForWriters(output, error), cancel.Token)).ShouldBe(130);
        error.ToString().ShouldBe("lora: cancelled; every finished step is kept. Start the same command again, and it goes on from there.\n");
        _folder.Write("out/control.json", """{"stop": true, "by": "mei"}""");

        var run = await CliRun.Of("train", "--config", yaml);

        run.ExitCode.ShouldBe(0, run.Error);
        run.Out.ShouldContain("\nTraining of x goes on after step 1.\n");
        run.ErrorLines.ShouldBe(["lora: x, step 1: mei: stop."]);
        run.Out.ShouldMatch(@"x\.safetensors: 1 step, loss of the last epoch \d\.\d{4}, stopped by a person\n");
    }

    [Fact]
    public async Task Train_FinishedBefore_SaysThatNothingIsLeftToTrain()
    {
        var yaml = Yaml("sample_every_epochs: 0\n");
        (await CliRun.Of("train", "--config", yaml)).ExitCode.ShouldBe(0);

        var run = await CliRun.Of("train", "--config", yaml);

        run.ExitCode.ShouldBe(0, run.Error);
        run.Out.ShouldContain(
            "\nTraining of x ended at step 4 before: nothing is left to train. To train anew, move "
                + $"{_folder.Below("out", "checkpoints")} away.\n");
        run.Out.ShouldNotContain("goes on after");
    }

    [Fact]
    public async Task Train_SeveralOfWhichOneFails_TrainsTheOthersAndSaysSo()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "needs /dev/full, which every write finds full");
        var (failing, good) = (Yaml("sample_every_epochs: 0\n", "a"), Yaml("sample_every_epochs: 0\n", "b"));
        Directory.CreateDirectory(_folder.Below("a-out"));
        File.CreateSymbolicLink(_folder.Below("a-out", "loss.png.tmp"), "/dev/full");

        var run = await CliRun.Of("train", "--config", failing, good);

        run.ExitCode.ShouldBe(1);
        run.ErrorLines[0].ShouldBe($"lora: {failing} was not trained:");
        run.ErrorLines[1].ShouldStartWith("lora: Training cannot write its files: No space left");
        run.ErrorLines.Length.ShouldBe(2);
        run.Out.ShouldContain($"{_folder.Below("b-out", "b.safetensors")}: 4 steps");
    }

    [Fact]
    public async Task Train_SeveralOfWhichOneIsWrong_TrainsNone()
    {
        var (good, wrong) = (Yaml("", "a"), Yaml("lora_rnk: 4\n", "b"));

        var run = await CliRun.Of("train", "--config", good, wrong);

        run.ExitCode.ShouldBe(2);
        run.ErrorLines.ShouldHaveSingleItem().ShouldContain("lora_rnk: there is no such key");
        Directory.Exists(_folder.Below("a-out")).ShouldBeFalse();
    }

    [Fact]
    public void JobLogger_MessageOfSeveralLines_IsOneLine()
    {
        var error = new StringWriter { NewLine = "\n" };

        Microsoft.Extensions.Logging.LoggerExtensions.LogWarning(new JobLogger(CliConsole.ForWriters(TextWriter.Null, error)), "a\nb");

        error.ToString().ShouldBe("lora: a b\n");
    }

    private string Yaml(string more, string? name = null) =>
        _folder.Write(
            $"{name ?? "x"}.yaml",
            $"""
            train_data_dir: photos
            base_model: base
            output_dir: {(name is null ? "out" : $"{name}-out")}
            resolution: 64
            lora_rank: 2
            batch_size: 2
            epochs: 2
            {more}
            """);

    private sealed class CancelAtFirstStep(CancellationTokenSource cancel) : StringWriter
    {
        public override void WriteLine(string? value)
        {
            if (value?.StartsWith("training 1/", StringComparison.Ordinal) == true)
            {
                cancel.Cancel();
            }
        }
    }
}
