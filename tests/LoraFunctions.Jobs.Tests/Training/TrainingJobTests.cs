using System.Text.Json.Nodes;
using LoraFunctions.Diffusion.Lora;
using LoraFunctions.Imaging.Codecs;
using LoraFunctions.Imaging.Metadata;
using LoraFunctions.Jobs.Training;
using Shouldly;
using Xunit;

namespace LoraFunctions.Jobs.Tests.Training;

public sealed class TrainingJobTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TrainingJobTests() => TinyModels.StableDiffusion(_folder.Below("base"));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Run_PhotosAndYaml_LeavesLoraLogPlotAndManifest()
    {
        var reports = new List<JobProgress>();

        var result = new TrainingJob().Run(Request("tesla", "validation_share: 0.25\n"), new Collect(reports));

        result.Steps.ShouldBe(4);
        using (var lora = LoraFile.Load(result.LoraPath))
        {
            lora.Modules.ShouldAllBe(m => m.Rank == 2 && m.Alpha == 4);
            lora.Metadata["ss_output_name"].ShouldBe("tesla");
            lora.Metadata["ss_network_dim"].ShouldBe("2");
            lora.Metadata["modelspec.trigger_phrase"].ShouldBe("Tesla Model Y");
            lora.Metadata["sshs_model_hash"].ShouldBe(lora.ModelHash);
            lora.Metadata["ss_steps"].ShouldBe(Number(result.WeightsStep));
            lora.Metadata["ss_epoch"].ShouldBe(Number(result.WeightsStep / 2), "of the chosen weights, not of the end");
            lora.Metadata["ss_num_train_images"].ShouldBe("3");
            lora.Metadata["ss_resolution"].ShouldBe("(64, 64)");
            lora.Metadata["ss_bucket_info"].ShouldBe("""{"buckets":{"0":{"resolution":[64,64],"count":3}}}""");
            lora.Metadata["ss_tag_frequency"].ShouldContain("\"Tesla Model Y\":3");
            lora.Metadata["ss_learning_rate"].ShouldBe("0.001");
            lora.Metadata["ss_seed"].ShouldBe("42");
            lora.Metadata["ss_sd_model_name"].ShouldBe("base");
            lora.Metadata["modelspec.architecture"].ShouldBe("stable-diffusion-v1/lora");
        }

        var lines = File.ReadAllLines(result.LogPath);
        lines[0].ShouldBe("step,epoch,loss,learning_rate,gradient_norm,validation_loss");
        lines.Skip(1).Select(l => l.Split(',')[0]).ShouldBe(["1", "2", "3", "4"]);
        lines.Skip(1).Count(l => l.Split(',')[5].Length > 0).ShouldBe(2);
        ImageCodec.Decode(File.ReadAllBytes(result.PlotPath)).Width.ShouldBeGreaterThan(100);
        var events = EventFileReader.Read(result.EventsPath);
        events
            .Where(e => e.Values.ContainsKey("loss"))
            .Select(e => $"{e.Step}:{e.Values["loss"]:R}")
            .ShouldBe(lines.Skip(1).Select(l => l.Split(',')).Select(f => $"{f[0]}:{float.Parse(f[2]):R}"));
        events.Count(e => e.Values.ContainsKey("validation_loss")).ShouldBe(2);
        var manifest = JsonNode.Parse(File.ReadAllText(result.ManifestPath))!;
        manifest["outcome"]!.GetValue<string>().ShouldBe("Completed");
        manifest["dataset"]!["photos"]!.GetValue<int>().ShouldBe(4);
        manifest["dataset"]!["heldOut"]!.AsArray().Count.ShouldBe(1);
        manifest["configuration"]!["rank"]!.GetValue<int>().ShouldBe(2);
        manifest["configuration"]!["seed"]!.GetValue<int>().ShouldBe(42);
        manifest["configuration"]!["precision"]!.GetValue<string>().ShouldBe("auto");
        manifest["dataset"]!["digest"]!.GetValue<string>().ShouldMatch("^[0-9a-f]{64}$");
        manifest["baseModel"]!["sha256"]!.GetValue<string>().ShouldMatch("^[0-9a-f]{64}$");
        manifest["lora"]!["sha256"]!.GetValue<string>().ShouldBe(
            Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(result.LoraPath))));
        manifest["versions"]!.AsObject().Select(v => v.Key).ShouldBe(["loraFunctions", "torchSharp", "dotnet"]);
        File.ReadAllText(result.ManifestPath).ShouldNotContain(_folder.Path);
        reports.Select(r => r.Stage).Distinct().ShouldBe(["reading photos", "caching latents", "training"]);
        reports[^1].ShouldSatisfyAllConditions(r => r.Done.ShouldBe(4), r => r.Loss.ShouldNotBeNull());
    }

    [Fact]
    public void Run_StartFrom_BeginsWithThatLoraAndTheManifestSaysSo()
    {
        var first = new TrainingJob().Run(Request("tesla", ""));
        var digest = Digests.OfBytes(File.ReadAllBytes(first.LoraPath));

        var second = new TrainingJob().Run(Request("again", $"start_from: {first.LoraPath}\n"));
        var other = Should.Throw<InvalidJobInputException>(() => new TrainingJob().Run(Request("other", $"start_from: {first.LoraPath}\nlora_alpha: 3\n")));
        var gone = Should.Throw<InvalidJobInputException>(() => new TrainingJob().Run(Request("gone", "start_from: gone.safetensors\n")));

        JsonNode.Parse(File.ReadAllText(first.ManifestPath))!["startFrom"].ShouldBeNull();
        JsonNode.Parse(File.ReadAllText(second.ManifestPath))!["startFrom"]!.GetValue<string>().ShouldBe(digest);
        File.ReadAllBytes(second.LoraPath).ShouldNotBe(File.ReadAllBytes(first.LoraPath));
        other.Message.ShouldContain("start_from: ");
        other.Message.ShouldContain("has rank 2 and alpha 4");
        gone.Message.ShouldContain("start_from: there is no LoRA");
    }

    [Fact]
    public void Run_WidthAndHeight_TrainsAndSamplesAtThem()
    {
        var request = Request("tesla", "sample_every_epochs: 2\nsample_count: 1\nsample_steps: 1\n");
        File.WriteAllText(
            request.Configurations[0],
            File.ReadAllText(request.Configurations[0]).Replace("resolution: 64", "resolution: 96x72", StringComparison.Ordinal));

        var result = new TrainingJob().Run(request);

        using var lora = LoraFile.Load(result.LoraPath);
        lora.Metadata["ss_resolution"].ShouldBe("(96, 72)");
        lora.Metadata["ss_bucket_info"].ShouldBe("""{"buckets":{"0":{"resolution":[96,72],"count":4}}}""");
        JsonNode.Parse(File.ReadAllText(result.ManifestPath))!["configuration"]!["resolution"]!.GetValue<string>().ShouldBe("96x72");
    }

    [Fact]
    public void Run_StoppedAndStartedAgain_EndsWithTheSameFiles()
    {
        var whole = new TrainingJob().Run(Request("tesla") with { OutputDir = _folder.Below("whole") });

        using var cancel = new CancellationTokenSource();
        var request = Request("tesla") with { OutputDir = _folder.Below("parts") };
        Should.Throw<OperationCanceledException>(() =>
            new TrainingJob().Run(request with { Observer = new AfterCheckpoint(cancel.Cancel) }, progress: null, cancel.Token));
        var resumed = new TrainingJob().Run(request);

        foreach (
            var (a, b) in new[]
            {
                (whole.LoraPath, resumed.LoraPath),
                (whole.LogPath, resumed.LogPath),
                (whole.PlotPath, resumed.PlotPath),
                (whole.EventsPath, resumed.EventsPath),
                (whole.ManifestPath, resumed.ManifestPath),
            })
        {
            File.ReadAllBytes(b).ShouldBe(File.ReadAllBytes(a), Path.GetFileName(b));
        }
    }

    [Fact]
    public void Run_CheckpointsCopiedElsewhere_GoesOnThere()
    {
        var whole = new TrainingJob().Run(Request("tesla") with { OutputDir = _folder.Below("whole") });
        var copied = Directory.CreateDirectory(_folder.Below("copied")).FullName;
        using var cancel = new CancellationTokenSource();
        var request = Request("tesla") with { OutputDir = _folder.Below("first"), Observer = new CopyTo(copied, cancel) };
        Should.Throw<OperationCanceledException>(() => new TrainingJob().Run(request, progress: null, cancel.Token));

        var resumed = new TrainingJob().Run(Request("tesla") with { OutputDir = _folder.Below("second"), CheckpointsFolder = copied });

        File.ReadAllBytes(resumed.LoraPath).ShouldBe(File.ReadAllBytes(whole.LoraPath));
        File.ReadAllBytes(resumed.LogPath).ShouldBe(File.ReadAllBytes(whole.LogPath));
        File.ReadAllBytes(resumed.EventsPath).ShouldBe(File.ReadAllBytes(whole.EventsPath));
    }

    [Fact]
    public void Run_SamplesWanted_LeavesTheSameSheetsWhereverItGoesOn()
    {
        const string Samples = "sample_every_epochs: 1\nsample_count: 2\nsample_steps: 1\n";
        var whole = new TrainingJob().Run(Request("tesla", Samples) with { OutputDir = _folder.Below("whole") });
        var copied = Directory.CreateDirectory(_folder.Below("copied", "samples")).Parent!.FullName;
        using var cancel = new CancellationTokenSource();
        var request = Request("tesla", Samples) with
        {
            OutputDir = _folder.Below("first"),
            Observer = new CopyTo(copied, cancel, cancelAtStep: 2),
        };
        Should.Throw<OperationCanceledException>(() => new TrainingJob().Run(request, progress: null, cancel.Token));

        new TrainingJob().Run(Request("tesla", Samples) with { OutputDir = _folder.Below("second"), CheckpointsFolder = copied });

        foreach (var sheet in new[] { "tesla-epoch-001.png", "tesla-epoch-002.png" })
        {
            var bytes = File.ReadAllBytes(_folder.Below("second", "samples", sheet));
            bytes.ShouldBe(File.ReadAllBytes(_folder.Below("whole", "samples", sheet)));
            PictureFile.ReadMetadata(bytes).Label.ShouldNotBeNull();
        }
    }

    [Fact]
    public void Run_ControlFileSaysStop_EndsWithWhatThereIs()
    {
        var control = _folder.Below("said", "control.json");
        var request = Request("tesla") with
        {
            ControlFile = control,
            Observer = new AfterCheckpoint(() => _folder.Write("said/control.json", """{"stop": true, "by": "mei"}""")),
        };

        var result = new TrainingJob().Run(request);

        result.Steps.ShouldBe(1);
        var manifest = JsonNode.Parse(File.ReadAllText(result.ManifestPath))!;
        manifest["outcome"]!.GetValue<string>().ShouldBe("StoppedByPerson");
        manifest["decisions"]![0]!["by"]!.GetValue<string>().ShouldBe("mei");
    }

    [Fact]
    public void Check_SeveralRequests_NamesTheProblemsOfAllAndTrainsNothing()
    {
        var (first, second, third) = (Request("tesla"), Request("byd"), Request("nio") with { OutputDir = _folder.Below("tesla", "out") });
        File.AppendAllText(first.Configurations[0], "lora_rnk: 4\n");
        File.Delete(_folder.Below("byd", "photos", "p1.png"));
        var same = Request("xpeng") with { OutputDir = third.OutputDir };

        var problems = Should.Throw<InvalidJobInputException>(() => new TrainingJob().Check([first, second, third, same])).Problems;

        problems.Count.ShouldBe(3);
        problems[0].ShouldContain("lora_rnk");
        problems[1].ShouldContain("p1.png: there is no such file");
        problems[2].ShouldBe($"output_dir: {third.OutputDir} is named by 2 models; give each its own.");
        Directory.Exists(third.OutputDir).ShouldBeFalse("nothing is left of a look");
    }

    [Fact]
    public void Check_OneDefaultsFileOfSeveral_IsReportedOnce()
    {
        var missing = _folder.Below("defaults.yaml");
        TrainingRequest With(string name) => Request(name) is var r ? r with { Configurations = [missing, .. r.Configurations] } : r;

        Should.Throw<InvalidJobInputException>(() => new TrainingJob().Check([With("tesla"), With("byd")]))
            .Problems.ShouldHaveSingleItem().ShouldStartWith($"{missing}: there is no such file");
    }

    [Fact]
    public void Run_BaseModelIsSomethingElse_SaysSo()
    {
        File.WriteAllText(_folder.Below("broken.safetensors"), "this is no model");

        Should
            .Throw<InvalidJobInputException>(() =>
                new TrainingJob().Run(Request("tesla") with { BaseModel = _folder.Below("broken.safetensors") }))
            .Message.ShouldContain("broken.safetensors");
    }

    private static string Number(long value) => value.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private TrainingRequest Request(string name, string more = "") => TinyTraining.Request(_folder, name, more);

    private sealed class AfterCheckpoint(Action action) : ITrainingObserver
    {
        public void CheckpointSaved(string folder, IReadOnlyList<string> files, int step) => action();
    }

    private sealed class CopyTo(string target, CancellationTokenSource cancel, int cancelAtStep = 1) : ITrainingObserver
    {
        public void CheckpointSaved(string folder, IReadOnlyList<string> files, int step)
        {
            foreach (var file in files)
            {
                File.Copy(Path.Combine(folder, file), Path.Combine(target, file), overwrite: true);
            }

            if (step == cancelAtStep)
            {
                cancel.Cancel();
            }
        }
    }
}
