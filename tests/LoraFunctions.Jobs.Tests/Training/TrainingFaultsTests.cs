using LoraFunctions.Diffusion;
using LoraFunctions.Diffusion.Safetensors;
using LoraFunctions.Diffusion.Training;
using LoraFunctions.Jobs.Training;
using Microsoft.Extensions.Logging;
using Shouldly;
using TorchSharp;
using Xunit;

namespace LoraFunctions.Jobs.Tests.Training;

/// <summary>What goes wrong around a training, and what a person is told.</summary>
public sealed class TrainingFaultsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TrainingFaultsTests() => TinyModels.StableDiffusion(_folder.Below("base"));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Run_WhileAnotherTrainsIntoTheSameFolder_IsRefusedAndDisturbsNothing()
    {
        var alone = new TrainingJob().Run(Request() with { OutputDir = _folder.Below("alone") });
        var refusals = new List<string>();

        var result = new TrainingJob().Run(Request() with { Observer = new At(() => refusals.AddRange(Refused(Request()))) });

        refusals.Count.ShouldBe(4, "at every checkpoint");
        var refusal = $"{_folder.Below("tesla", "out")}: another training is at work there; wait until it has ended, or give another output_dir.";
        refusals.ShouldAllBe(r => r == refusal);
        File.ReadAllBytes(result.LoraPath).ShouldBe(File.ReadAllBytes(alone.LoraPath));
        File.ReadAllBytes(result.LogPath).ShouldBe(File.ReadAllBytes(alone.LogPath));
        File.Exists(_folder.Below("tesla", "out", TrainingFolders.LockName)).ShouldBeFalse();
    }

    [Fact]
    public void Run_LockOfAKilledTraining_IsNoHindrance()
    {
        _folder.Write($"tesla/out/{TrainingFolders.LockName}", "");

        new TrainingJob().Run(Request()).Steps.ShouldBe(4);
    }

    [Fact]
    public void Run_OutputCannotBeMade_SaysSoBeforeAnythingIsTrained()
    {
        _folder.Write("file", "");
        var reports = new List<JobProgress>();

        var problem = Should
            .Throw<InvalidJobInputException>(() =>
                new TrainingJob().Run(Request() with { OutputDir = _folder.Below("file", "out") }, new Collect(reports)))
            .Problems.ShouldHaveSingleItem();

        problem.ShouldStartWith($"{_folder.Below("file", "out")}: cannot be written to (");
        reports.ShouldAllBe(r => r.Stage == "reading photos");
    }

    [Theory]
    [InlineData("out/loss.png.tmp")]
    [InlineData("out/samples/tesla-epoch-002.png.tmp")]
    [InlineData("out/checkpoints/samples/tesla-epoch-002.png.tmp")]
    public void Run_DiskFull_SaysSoAndGoesOnWhenThereIsRoom(string file)
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "needs /dev/full, which every write finds full");
        const string Samples = "sample_every_epochs: 2\nsample_count: 1\nsample_steps: 1\n";
        var whole = new TrainingJob().Run(Request(Samples) with { OutputDir = _folder.Below("whole") });
        var full = _folder.Below(["tesla", .. file.Split('/')]);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.CreateSymbolicLink(full, "/dev/full");

        Should
            .Throw<IOException>(() => new TrainingJob().Run(Request(Samples)))
            .Message.ShouldMatch("^Training cannot write its files: No space left on device.*start again: it goes on from its last checkpoint\\.$");
        File.Exists(full).ShouldBeFalse("nothing half-written is left");
        var resumed = new TrainingJob().Run(Request(Samples));

        File.ReadAllBytes(resumed.LoraPath).ShouldBe(File.ReadAllBytes(whole.LoraPath));
        File.ReadAllBytes(resumed.LogPath).ShouldBe(File.ReadAllBytes(whole.LogPath));
        File.ReadAllBytes(_folder.Below("tesla", "out", "samples", "tesla-epoch-002.png"))
            .ShouldBe(File.ReadAllBytes(_folder.Below("whole", "samples", "tesla-epoch-002.png")));
    }

    [Fact]
    public void Run_ControlFileOfAnEarlierTrainingSaysStop_IsNamedInsteadOfTrainingNothing()
    {
        var control = _folder.Write("tesla/out/control.json", """{"stop": true, "by": "mei"}""");

        Refused(Request()).ShouldBe([$"{control} says stop, and nothing is trained yet; remove it to begin."]);

        File.Delete(control);
        Should.Throw<DivideByZeroException>(() =>
            new TrainingJob().Run(Request() with { Observer = new At(() => throw new DivideByZeroException()) }));
        File.WriteAllText(control, """{"stop": true, "by": "mei"}""");
        new TrainingJob().Run(Request()).Steps.ShouldBe(1, "said to a training that had begun");
    }

    [Fact]
    public void Run_StoppedBeforeTheFirstStep_FailsAndWritesNoLora()
    {
        var stop = _folder.Write("stop.json", """{"stop": true, "by": "mei"}""");

        Should
            .Throw<NonRetriableJobException>(() => new TrainingJob().Run(Request() with { ControlFile = stop }))
            .Message.ShouldBe("tesla was stopped by mei before its first step, so there is no LoRA. Take the stop back, then start again.");

        Directory.GetFiles(_folder.Below("tesla", "out"), "*", SearchOption.AllDirectories)
            .ShouldAllBe(f => !f.EndsWith(".safetensors") && !f.EndsWith(".json") && !f.EndsWith(".png"));
        File.Delete(stop);
        new TrainingJob().Run(Request() with { ControlFile = stop }).Steps.ShouldBe(4);
    }

    [Theory]
    [InlineData("tesla:v2")]
    [InlineData("a=b")]
    [InlineData("control")]
    public void Run_NameThatCannotBeALora_IsRefused(string name) =>
        Refused(Request() with { Name = name }).ShouldHaveSingleItem().ShouldStartWith($"'{name}' is no name for a LoRA");

    [Fact]
    public void Run_SettingsChangedSinceTheCheckpoint_SaysWhichAndWhatToDo()
    {
        new TrainingJob().Run(Request());

        var message = Should.Throw<TrainingCheckpointException>(() => new TrainingJob().Run(Request("min_snr_gamma: 5"))).Message;

        message.ShouldContain(": min_snr_gamma was none, now it is 5.");
        message.ShouldEndWith("move that folder away to begin anew.");
        message.ShouldContain(_folder.Below("tesla", "out", "checkpoints"));
    }

    [Fact]
    public void Run_SettingsChangedSinceTheCheckpoint_NamesTheYamlsKeysBeforeTheModelIsLoaded()
    {
        new TrainingJob().Run(Request());
        var reports = new List<JobProgress>();
        var changed = With(
            """
            lora_rank: 4
            lora_alpha: 4
            target_modules: [attention, feed_forward]
            lr_scheduler: cosine
            early_stop: false
            epochs: 1
            flip: true
            precision: fp32
            trigger_words: sks
            """);

        var message = Should.Throw<TrainingCheckpointException>(() => new TrainingJob().Run(changed, new Collect(reports))).Message;

        string[] differences = message[(message.IndexOf("training: ", StringComparison.Ordinal) + 10)..message.IndexOf(". Go on", StringComparison.Ordinal)].Split("; ");
        differences.ShouldBe(
            [
                "flip was false, now it is true",
                "precision was auto, now it is fp32",
                "pictures that are others, or have other captions: p0.png, p1.png, p2.png, p3.png",
                "lora_rank was 2, now it is 4",
                "target_modules was attention, now it is attention, feed_forward",
                "lr_scheduler was constant, now it is cosine",
                "epochs was 2, now it is 1",
                "early_stop was true, now it is false",
            ]);
        reports.ShouldAllBe(r => r.Stage == "reading photos");
    }

    [Fact]
    public void Run_BaseModelChangedSinceTheCheckpoint_SaysSo()
    {
        new TrainingJob().Run(Request());
        var unet = _folder.Below("base", "unet", "diffusion_pytorch_model.safetensors");
        var bytes = File.ReadAllBytes(unet);
        bytes[^1] ^= 1;
        File.WriteAllBytes(unet, bytes);

        Should.Throw<TrainingCheckpointException>(() => new TrainingJob().Run(Request()))
            .Message.ShouldContain(": the digest of base_model was ");
    }

    [Fact]
    public void Run_MoreEpochsAfterTheEnd_LeavesTheSameFilesAsIfFromTheStart()
    {
        const string More = "validation_share: 0.25\nsample_every_epochs: 1\nsample_count: 1\nsample_steps: 1\n";
        var whole = new TrainingJob().Run(With($"{More}epochs: 4\n") with { OutputDir = _folder.Below("whole") });
        new TrainingJob().Run(With(More)).Steps.ShouldBe(4);

        var longer = new TrainingJob().Run(With($"{More}epochs: 4\n"));

        string[] files = [.. Directory.GetFiles(_folder.Below("whole"), "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(_folder.Below("whole"), f)).Order()];
        files.Length.ShouldBe(16, "LoRA, log, plot, events, manifest, two times four sheets, the checkpoints' log, two checkpoints");
        Directory.GetFiles(_folder.Below("tesla", "out"), "*", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(_folder.Below("tesla", "out"), f)).Order().ShouldBe(files);
        foreach (var file in files)
        {
            File.ReadAllBytes(_folder.Below("tesla", "out", file)).ShouldBe(File.ReadAllBytes(_folder.Below("whole", file)), file);
        }

        longer.Steps.ShouldBe(whole.Steps);
    }

    [Fact]
    public void Run_OutOfMemory_SaysWhatTakesLess()
    {
        var request = Request() with { Observer = new At(() => torch.empty(1L << 55).Dispose()) };

        var message = Should.Throw<NonRetriableJobException>(() => new TrainingJob().Run(request)).Message;

        message.ShouldStartWith("Training ran out of memory (");
        message.ShouldContain("gradient_checkpointing: true (the training goes on from its checkpoint with it); a batch_size below 2");
        message.ShouldNotContain('\n');
        var resumed = TinyTraining.Request(_folder, "tesla", "gradient_checkpointing: true\n");
        new TrainingJob().Run(resumed).Steps.ShouldBe(4);
    }

    [Fact]
    public void Run_LossIsNotFinite_SaysHowToGoOnMoreSlowly()
    {
        var unet = _folder.Below("base", "unet", "diffusion_pytorch_model.safetensors");
        using (var scope = torch.NewDisposeScope())
        {
            Dictionary<string, torch.Tensor> weights;
            using (var file = SafetensorsFile.Open(unet))
            {
                weights = file.Entries.ToDictionary(e => e.Name, e => file.ReadTensor(e.Name));
            }

            weights["conv_out.bias"] = weights["conv_out.bias"].TimesInPlace(double.NaN);
            SafetensorsWriter.Write(unet, weights);
        }

        var logged = new Warnings();
        var message = Should.Throw<NonRetriableJobException>(() => new TrainingJob(logged).Run(Request())).Message;

        message.ShouldContain("step 1 had the loss NaN");
        logged.Lines.ShouldBeEmpty("the error says it");
        message.ShouldEndWith(
            $$"""put {"learningRate": 0.0005, "by": "name"} into {{_folder.Below("tesla", "out", "control.json")}} and start again.""");
        File.Exists(_folder.Below("tesla", "out", "tesla.safetensors")).ShouldBeFalse();
        _folder.Write("tesla/out/control.json", """{"learningRate": 0.0005, "by": "mei"}""");
        Should.Throw<NonRetriableJobException>(() => new TrainingJob().Run(Request()))
            .Message.ShouldContain("""put {"learningRate": 0.00025, "by": "name"} into """, Case.Sensitive, "half of what was tried");
    }

    [Theory]
    [InlineData(1, 2, 3)]
    [InlineData(2, 1, null)]
    public void Run_CancelledWhileASheetIsMade_LosesNoStepAndMakesItAgain(int sheet, int sheetsLeft, int? nextStep)
    {
        const string More = "sample_every_epochs: 1\nsample_count: 2\nsample_steps: 2\nvalidation_share: 0.25\n";
        TrainingRequest Unsaved(string name, string output)
        {
            var request = TinyTraining.Request(_folder, name, More) with { OutputDir = _folder.Below(name, output) };
            var yaml = request.Configurations[0];
            File.WriteAllText(yaml, File.ReadAllText(yaml).Replace("save_steps: 1", "save_steps: 100", StringComparison.Ordinal));
            return request;
        }

        var whole = new TrainingJob().Run(Unsaved("tesla", "whole"));
        using var cancel = new CancellationTokenSource();
        var sheets = 0;
        var cancelling = new OnReport(r =>
        {
            if (r is { Stage: "sample pictures", Done: 1 } && ++sheets == sheet)
            {
                cancel.Cancel();
            }
        });
        Should.Throw<OperationCanceledException>(() =>
            new TrainingJob().Run(Unsaved("tesla", "out"), cancelling, cancel.Token));
        var reports = new List<JobProgress>();

        var resumed = new TrainingJob().Run(Unsaved("tesla", "out"), new Collect(reports));

        reports.FirstOrDefault(r => r.Stage == "training")?.Done.ShouldBe(nextStep!.Value, "two steps an epoch");
        reports.Any(r => r.Stage == "training").ShouldBe(nextStep is not null);
        reports.Count(r => r is { Stage: "sample pictures", Done: 2 }).ShouldBe(sheetsLeft, "that which was begun, and those after it");
        File.ReadAllBytes(resumed.LoraPath).ShouldBe(File.ReadAllBytes(whole.LoraPath));
        File.ReadAllBytes(resumed.LogPath).ShouldBe(File.ReadAllBytes(whole.LogPath));
        var made = Directory.GetFiles(Path.Combine(Path.GetDirectoryName(whole.LoraPath)!, "samples"));
        made.Length.ShouldBe(2);
        foreach (var path in made)
        {
            File.ReadAllBytes(Path.Combine(Path.GetDirectoryName(resumed.LoraPath)!, "samples", Path.GetFileName(path))).ShouldBe(File.ReadAllBytes(path));
        }
    }

    [Fact]
    public void Run_PhotosChangedSinceTheCheckpoint_SaysWhich()
    {
        new TrainingJob().Run(Request());
        TestPictures.WritePng(_folder.Below("tesla", "photos", "p0.png"), 96, 80, seed: 99);
        TestPictures.WritePng(_folder.Below("tesla", "photos", "p9.png"), 96, 80, seed: 98);
        File.Delete(_folder.Below("tesla", "photos", "p3.png"));
        File.WriteAllText(
            _folder.Below("tesla", "photos", "metadata.csv"),
            "p0.png,\"Tesla Model Y, front view\"\np1.png,\"Tesla Model Y, side view at night\"\np2.png,\"Tesla Model Y, rear view\"\np9.png,\"Tesla Model Y, interior\"\n");

        Should.Throw<TrainingCheckpointException>(() => new TrainingJob().Run(new TrainingRequest { Configurations = [_folder.Below("tesla", "tesla.yaml")] }))
            .Message.ShouldContain(
                "another training: new pictures: p9.png; pictures that are gone: p3.png; pictures that are others, or have other captions: p0.png, p1.png. Go on");
    }

    private static IReadOnlyList<string> Refused(TrainingRequest request) =>
        Should.Throw<InvalidJobInputException>(() => new TrainingJob().Run(request)).Problems;

    /// <summary>The same with keys that go before those of the YAML.</summary>
    private TrainingRequest With(string keys)
    {
        var request = Request();
        return request with { Configurations = [.. request.Configurations, _folder.Write("more.yaml", keys)], Name = "tesla" };
    }

    private TrainingRequest Request(string more = "") => TinyTraining.Request(_folder, "tesla", more);

    /// <summary>Does something at every checkpoint.</summary>
    private sealed class At(Action action) : ITrainingObserver
    {
        public void CheckpointSaved(string folder, IReadOnlyList<string> files, int step) => action();
    }

    private sealed class Warnings : ILogger
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.AddRange(IsEnabled(logLevel) ? [formatter(state, exception)] : []);
    }

    private sealed class OnReport(Action<JobProgress> action) : IProgress<JobProgress>
    {
        public void Report(JobProgress value) => action(value);
    }
}
