using System.Text.Json;
using System.Text.Json.Nodes;
using LoraFunctions.Diffusion.Lora;
using LoraFunctions.Diffusion.Training;
using LoraFunctions.Jobs.Training;
using LoraFunctions.Jobs.Training.Configuration;
using LoraFunctions.Jobs.Training.Data;
using Shouldly;
using Xunit;

namespace LoraFunctions.Jobs.Tests.Training;

public sealed class TrainingConfigurationReaderTests : IDisposable
{
    private const string Document = """
        train_data_dir: ./data/tesla
        metadata_path: ./data/tesla/metadata.csv
        base_model: ./models/v1-5-pruned.safetensors
        lora_rank: 8
        lora_alpha: 16
        lora_dropout: 0.1
        learning_rate: 2e-4
        batch_size: 4
        epochs: 15
        output_dir: ./output/tesla_lora
        save_steps: 100
        """;

    private readonly TemporaryFolder _folder = new();

    public TrainingConfigurationReaderTests()
    {
        _folder.Write("data/tesla/metadata.csv", "");
        _folder.Write("models/v1-5-pruned.safetensors", "");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_TheDocumentsYaml_IsTakenUnchangedWithPathsFromItsFolder()
    {
        var configuration = TrainingConfigurationReader.Read([_folder.Write("tesla_lora.yaml", Document)]);

        configuration.TrainDataDir.ShouldBe(_folder.Below("data", "tesla"));
        configuration.MetadataPath.ShouldBe(_folder.Below("data", "tesla", "metadata.csv"));
        configuration.BaseModel.ShouldBe(_folder.Below("models", "v1-5-pruned.safetensors"));
        configuration.OutputDir.ShouldBe(_folder.Below("output", "tesla_lora"));
        var options = configuration.EffectiveOptions;
        (options.Rank, options.Alpha, options.Dropout, options.LearningRate).ShouldBe((8, 16, 0.1, 2e-4));
        (options.BatchSize, options.Epochs, options.SaveSteps).ShouldBe((4, 15, 100));
    }

    [Fact]
    public void Read_KeysOfSdScripts_NameOurs()
    {
        var yaml = _folder.Write("t.yaml", Document.Replace("lora_rank", "network_dim", StringComparison.Ordinal));

        Should.Throw<InvalidJobInputException>(() => TrainingConfigurationReader.Read([yaml])).Problems.ShouldBe([
            $"{yaml}:4: network_dim: there is no such key. sd-scripts' network_dim is lora_rank here. 'lora config explain' lists them all.",
        ]);
        KohyaNames.Counterparts.ShouldBeSubsetOf(TrainingKeys.All.Select(k => k.Name));
    }

    [Fact]
    public void Read_RequiredKeyWithoutAValue_IsNotToldToRemoveTheLine()
    {
        var yaml = _folder.Write("t.yaml", Document.Replace("./output/tesla_lora", "", StringComparison.Ordinal));

        Should.Throw<InvalidJobInputException>(() => TrainingConfigurationReader.Read([yaml])).Problems.ShouldBe([
            $"{yaml}:10: output_dir: is empty; give a folder.",
        ]);
    }

    [Fact]
    public void Read_YamlInGbk_IsRefused()
    {
        var yaml = _folder.Write("t.yaml", "");
        byte[] gbk = [.. System.Text.Encoding.UTF8.GetBytes(Document + "\ntrigger_words: "), 0xCC, 0xD8, (byte)'\n'];
        File.WriteAllBytes(yaml, gbk);

        Should.Throw<InvalidJobInputException>(() => TrainingConfigurationReader.Read([yaml])).Problems.ShouldBe([
            $"{yaml}:12: is not UTF-8 text (byte 0xCC cannot stand there; GBK, perhaps); save the file as UTF-8.",
        ]);
    }

    [Theory]
    [InlineData("lora_rank：4", 12)]
    [InlineData("lora_rank:4", 12)]
    [InlineData("\ttrigger_words: a", 12)]
    public void Read_SlipOfThePen_SaysWhichLineAndHowLinesAreWritten(string slip, int line)
    {
        var yaml = _folder.Write("t.yaml", Document + "\n" + slip + "\n");

        var problem = Should.Throw<InvalidJobInputException>(() => TrainingConfigurationReader.Read([yaml])).Problems.ShouldHaveSingleItem();

        problem.ShouldStartWith($"{yaml}:{line}: not valid YAML: ");
        problem.ShouldEndWith("Write every line as 'key: value', with a space behind an ordinary colon, indented by spaces, not tabs.");
    }

    [Fact]
    public void Read_NullCharacterInAPath_IsAProblemOfItsKey()
    {
        var yaml = _folder.Write("t.yaml", Document.Replace("./output/tesla_lora", "\"a\\0b\"", StringComparison.Ordinal));

        Should.Throw<InvalidJobInputException>(() => TrainingConfigurationReader.Read([yaml])).Problems.ShouldBe([
            $"{yaml}:10: output_dir: 'a\\0b' holds a character that no path has, such as a line break or a tab (in double quotes a backslash begins one); "
                + "write a Windows path in single quotes, or with / instead of \\.",
        ]);
    }

    [Fact]
    public void Read_OnlyTheRequiredKeys_HasTheDocumentsNumbers()
    {
        var configuration = TrainingConfigurationReader.Read([
            _folder.Write("t.yaml", "train_data_dir: data/tesla\nbase_model: models/v1-5-pruned.safetensors\noutput_dir: out\n"),
        ]);

        configuration.Options.Rank.ShouldBe(8);
        configuration.EffectiveOptions.Alpha.ShouldBe(16);
        configuration.Options.LearningRate.ShouldBe(2e-4);
        configuration.MetadataPath.ShouldBe(_folder.Below("data", "tesla", "metadata.csv"));
    }

    [Fact]
    public void Read_SeveralFiles_LaterOnesOverrideKeyByKey()
    {
        var defaults = _folder.Write("default.yaml", Document + "\nseed: 7\n");
        var model = _folder.Write("tesla.yaml", "lora_rank: 16\n");

        var configuration = TrainingConfigurationReader.Read([defaults, model]);

        configuration.Options.Rank.ShouldBe(16);
        configuration.Options.Seed.ShouldBe(7);
        configuration.LoraAlpha.ShouldBe(16);
    }

    [Fact]
    public void Read_ManyMistakes_NamesAllWithLineAndKey()
    {
        var path = _folder.Write(
            "bad.yaml",
            """
            train_data_dir: ./data/byd
            base_model: ./models/v2.safetensors
            lora_rnak: 8
            lora_alpha: -1
            lora_dropout: ten
            batch_size: 4.5
            epochs:
            resolution: 500
            bucket_step: 48
            buckets: maybe
            save_steps: [1, 2]
            target_modules: [atention]
            """);

        var problems = Should.Throw<InvalidJobInputException>(() => TrainingConfigurationReader.Read([path])).Problems;

        problems.ShouldBe(
            [
                $"{path}:3: lora_rnak: there is no such key. Did you mean 'lora_rank'? 'lora config explain' lists them all.",
                $"{path}: output_dir: is missing; it is a folder. Gets the LoRA, log, plot, manifest and checkpoints; made when missing.",
                $"{path}:8: resolution: 500 is not a multiple of 64; 448 and 512 are.",
                $"{path}:10: buckets: 'maybe' is neither true nor false.",
                $"{path}:9: bucket_step: '48' is not known; give one of 32, 64.",
                $"{path}:4: lora_alpha: -1 is out of range; give more than 0, up to 1024.",
                $"{path}:5: lora_dropout: 'ten' is not a number; give 0 to less than 1.",
                $"{path}:12: target_modules: 'atention' is not known; give some of attention, convolutions, feed_forward, projections. "
                    + "Did you mean 'attention'?",
                $"{path}:6: batch_size: '4.5' is not a whole number; give 1 to 256.",
                $"{path}:7: epochs: is empty; give 1 to 100000, or remove the line.",
                $"{path}:11: save_steps: a list stands where one value is expected; give 1 to 1000000.",
                $"{path}:1: train_data_dir: there is no folder {_folder.Below("data", "byd")}.",
                $"{path}:2: base_model: there is no base model v2.safetensors; looked for a file or a diffusers folder at "
                    + $"{_folder.Below("models", "v2.safetensors")}.",
            ],
            ignoreOrder: false);
    }

    [Theory]
    [InlineData("\"D:\\new\\table\"", "'D:\\new\\table' holds a character that no path has, ")]
    [InlineData("D:\\out", "'D:\\out' is a path of a Windows machine; give one of this machine.")]
    [InlineData("$WORK/out", "'$WORK/out' holds $WORK, and such names are not looked up here; write out what it stands for.")]
    [InlineData("~mei/out", "'~mei/out' begins with another user's home, which is not looked up here; write it out.")]
    public void Read_PathOfAnotherMachineOrShell_IsRefused(string path, string problem)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "D:\\ is at home there");
        var yaml = _folder.Write("t.yaml", Document.Replace("./output/tesla_lora", path, StringComparison.Ordinal));

        Should.Throw<InvalidJobInputException>(() => TrainingConfigurationReader.Read([yaml])).Problems.ShouldHaveSingleItem()
            .ShouldStartWith($"{yaml}:10: output_dir: {problem}");
    }

    [Theory]
    [InlineData("~/lora-out")]
    [InlineData("$HOME/lora-out")]
    [InlineData("${HOME}/lora-out")]
    [InlineData("'%USERPROFILE%\\lora-out'")]
    public void Read_PathFromTheHomeFolder_IsLookedUp(string path) =>
        TrainingConfigurationReader.Read([_folder.Write("t.yaml", Document.Replace("./output/tesla_lora", path, StringComparison.Ordinal))])
            .OutputDir.ShouldBe(Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), "lora-out"));

    [Fact]
    public void Read_WindowsPathInDoubleQuotes_IsToldSingleQuotes()
    {
        var yaml = _folder.Write("t.yaml", Document.Replace("./output/tesla_lora", "\"D:\\photos\"", StringComparison.Ordinal));

        Should.Throw<InvalidJobInputException>(() => TrainingConfigurationReader.Read([yaml])).Problems.ShouldHaveSingleItem()
            .ShouldEndWith("In double quotes a backslash begins a character of its own; write a Windows path in single quotes, or with / instead of \\.");
    }

    [Theory]
    [InlineData("192x144", 192, 144)]
    [InlineData("192 X 144", 192, 144)]
    [InlineData("512x512", 512, 512)]
    [InlineData("64", 64, 64)]
    public void Read_Resolution_IsASideOrWidthTimesHeight(string resolution, int width, int height) =>
        TrainingConfigurationReader.Read([_folder.Write("t.yaml", Document + $"\nresolution: {resolution}\n")])
            .Resolution.ShouldBe(new TrainingSize(width, height));

    [Theory]
    [InlineData("192x140", "140 is not a multiple of 8; 136 and 144 are.")]
    [InlineData("144", "144 is not a multiple of 64; 128 and 192 are.")]
    [InlineData("32x64", "32x64 is out of range; give 64 to 2048, a multiple of 64; or as 192x144, multiples of 8.")]
    [InlineData("64x64x3", "'64x64x3' is no size; give 64 to 2048, a multiple of 64; or as 192x144, multiples of 8.")]
    [InlineData("-64", "'-64' is no size; give 64 to 2048, a multiple of 64; or as 192x144, multiples of 8.")]
    public void Read_ResolutionThatCannotBeTrainedAt_SaysWhatCan(string resolution, string problem)
    {
        var path = _folder.Write("t.yaml", Document + $"\nresolution: {resolution}\n");

        Should.Throw<InvalidJobInputException>(() => TrainingConfigurationReader.Read([path])).Problems.ShouldBe([$"{path}:12: resolution: {problem}"]);
    }

    [Theory]
    [InlineData("data/tesla")]
    [InlineData("data/tesla/..out/lora")]
    public void Read_OutputAmongThePhotos_IsRefused(string output)
    {
        var path = _folder.Write("t.yaml", Document.Replace("./output/tesla_lora", output, StringComparison.Ordinal));

        Should
            .Throw<InvalidJobInputException>(() => TrainingConfigurationReader.Read([path]))
            .Problems.ShouldHaveSingleItem()
            .ShouldStartWith($"{path}:10: output_dir: {_folder.Below(output.Split('/'))} lies in train_data_dir, ");
    }

    [Fact]
    public void Read_SamplePromptWithATag_IsRefusedBeforeItWouldEndTheTraining()
    {
        var path = _folder.Write("t.yaml", Document + "\nsample_prompts: [\"a car\", \"a car <lora:byd:1>\"]\n");

        Should
            .Throw<InvalidJobInputException>(() => TrainingConfigurationReader.Read([path]))
            .Problems.ShouldBe([
                $"{path}:12: sample_prompts: 'a car <lora:byd:1>' has a <tag>; the LoRA in training is added by itself, so remove it.",
            ]);
    }

    [Fact]
    public void Read_EveryOtherKey_ReachesTheTrainer()
    {
        var path = _folder.Write(
            "all.yaml",
            Document
                + """

                resolution: 768
                bucket_step: 32
                flip: true
                repeats: 3
                trigger_words: [tesla, model y]
                caption_dropout: 0.05
                shuffle_caption: true
                keep_tokens: 2
                validation_share: 0.1
                target_modules: attention, feed_forward
                conv_rank: 4
                conv_alpha: 2
                optimizer: adamw
                text_encoder_learning_rate: 5e-5
                lr_scheduler: cosine
                lr_warmup_steps: 10
                weight_decay: 0.1
                adam_beta1: 0.8
                adam_beta2: 0.99
                adam_epsilon: 1e-7
                max_grad_norm: none
                min_snr_gamma: 5
                debiased_estimation_loss: true
                noise_offset: 0.05
                gradient_accumulation: 2
                gradient_checkpointing: true
                precision: fp16
                early_stop: false
                early_stop_patience: 3
                validate_every_epochs: 2
                sample_every_epochs: 3
                sample_count: 2
                sample_steps: 7
                sample_prompts: ["a car, side view", "a car at night"]
                seed: 1

                """);

        var configuration = TrainingConfigurationReader.Read([path]);

        (
            configuration.Resolution,
            configuration.BucketStep,
            configuration.Flip,
            configuration.Repeats,
            configuration.ValidationShare).ShouldBe((new TrainingSize(768, 768), 32, true, 3, 0.1));
        configuration.TriggerWords.ShouldBe(["tesla", "model y"]);
        configuration.Precision.ShouldBe(TorchSharp.torch.ScalarType.Float16);
        var options = configuration.Options;
        (options.CaptionDropout, options.ShuffleCaption, options.KeepTokens).ShouldBe((0.05, true, 2));
        (options.Targets, options.ConvolutionRank, options.ConvolutionAlpha).ShouldBe(
            (LoraTargets.Attention | LoraTargets.FeedForward, 4, 2));
        (options.TextEncoderLearningRate, options.Scheduler, options.WarmupSteps).ShouldBe((5e-5, LearningRateScheduler.Cosine, 10));
        (options.WeightDecay, options.Beta1, options.Beta2, options.Epsilon).ShouldBe((0.1, 0.8, 0.99, 1e-7));
        (options.MaxGradientNorm, options.MinSnrGamma, options.DebiasedEstimation, options.NoiseOffset).ShouldBe((null, 5, true, 0.05));
        (options.GradientAccumulation, options.GradientCheckpointing, options.Seed).ShouldBe((2, true, 1));
        (options.Validation!.StopEarly, options.Validation.Patience, options.Validation.EveryEpochs).ShouldBe((false, 3, 2));
        (configuration.SampleEveryEpochs, configuration.SampleCount, configuration.SampleSteps).ShouldBe((3, 2, 7));
        configuration.SamplePrompts.ShouldBe(["a car, side view", "a car at night"]);
        TrainingKeys
            .All.Select(k => k.Name)
            .ShouldBeSubsetOf(
                File.ReadLines(path).Select(l => l.Split(':')[0]).Concat(["buckets", "start_from"]),
                "a key of the table is not tried here");
    }

    [Fact]
    public void OfOptions_EveryOptionThatDecidesTheResult_IsSetByItsKeyAlone()
    {
        Dictionary<string, string> others = new(StringComparer.Ordinal)
        {
            ["target_modules"] = "convolutions",
            ["lr_scheduler"] = "cosine",
            ["shuffle_caption"] = "true",
            ["early_stop"] = "false",
            ["debiased_estimation_loss"] = "true",
            ["batch_size"] = "2",
            ["epochs"] = "3",
            ["gradient_accumulation"] = "3",
            ["keep_tokens"] = "3",
            ["lora_rank"] = "3",
            ["conv_rank"] = "3",
            ["lr_warmup_steps"] = "3",
            ["early_stop_patience"] = "3",
            ["validate_every_epochs"] = "3",
            ["seed"] = "3",
        };
        var document = _folder.Write("tesla_lora.yaml", Document);
        var before = Flat(document);

        foreach (var (option, key) in TrainingKeys.OfOptions)
        {
            var now = Flat(document, _folder.Write("one.yaml", $"{key}: {others.GetValueOrDefault(key, "0.0003")}"));
            now.Where(o => before[o.Key] != o.Value).Select(o => o.Key).ShouldBe([option], key);
        }

        string[] decideNothingOrHaveNoKey = ["SaveSteps", "GradientCheckpointing", "FixedNoise", "Validation.Timesteps", "Validation.Margin"];
        before.Keys.ShouldBe([.. TrainingKeys.OfOptions.Keys, .. decideNothingOrHaveNoKey], ignoreOrder: true);

        static Dictionary<string, string> Flat(params string[] files) =>
            JsonSerializer.SerializeToNode(TrainingConfigurationReader.Read(files).EffectiveOptions)!.AsObject()
                .SelectMany(p => p.Value is JsonObject inner ? inner.Select(i => ($"{p.Key}.{i.Key}", i.Value)) : [(p.Key, p.Value)])
                .ToDictionary(p => p.Item1, p => p.Value?.ToJsonString() ?? "", StringComparer.Ordinal);
    }

    [Fact]
    public void Read_ValuesGivenByTheRequest_ReplaceTheYamls()
    {
        var yaml = _folder.Write("t.yaml", "lora_rank: 4\noutput_dir: ignored\n");

        var configuration = TrainingConfigurationReader.Read(
            new TrainingRequest
            {
                Configurations = [yaml],
                TrainDataDir = _folder.Below("data", "tesla"),
                BaseModel = _folder.Below("models"),
                OutputDir = _folder.Below("elsewhere"),
            });

        configuration.OutputDir.ShouldBe(_folder.Below("elsewhere"));
        configuration.BaseModel.ShouldBe(_folder.Below("models"));
        configuration.Options.Rank.ShouldBe(4);
    }

    [Theory]
    [InlineData("lora_rank: [8\n", ":2: not valid YAML: ")]
    [InlineData("lora_rank: 8\nlora_rank: 16\n", ":2: not valid YAML: ")]
    [InlineData("- lora_rank\n", ":1: expected 'key: value' lines at the top.")]
    [InlineData("---\nlora_rank: 8\n---\nepochs: 1\n", ":4: a second document begins here")]
    public void Read_NotAMapping_SaysTheLine(string yaml, string expected)
    {
        var path = _folder.Write("t.yaml", yaml);

        Should
            .Throw<InvalidJobInputException>(() => TrainingConfigurationReader.Read([path]))
            .Problems[0]
            .ShouldStartWith(path + expected);
    }

    [Fact]
    public void Read_NoSuchFile_SaysWhereItLooked()
    {
        var path = _folder.Below("none.yaml");

        Should
            .Throw<InvalidJobInputException>(() => TrainingConfigurationReader.Read([path]))
            .Problems.ShouldBe([$"{path}: there is no such file (looked for {path})."]);
    }

    [Fact]
    public void All_EveryKey_IsExplainedAndNamedOnce()
    {
        TrainingKeys.All.Select(k => k.Name).ShouldBeUnique();
        foreach (var key in TrainingKeys.All)
        {
            key.Meaning.ShouldEndWith(".");
            key.Default.ShouldNotBeNullOrWhiteSpace();
            key.Range.ShouldNotBeNullOrWhiteSpace();
        }
    }
}
