using LoraFunctions.Diffusion.Lora;
using LoraFunctions.Diffusion.Training;
using LoraFunctions.Jobs.Labelling;
using LoraFunctions.Jobs.Training;
using LoraFunctions.Jobs.Training.Configuration;
using LoraFunctions.Jobs.Kohya;
using Shouldly;
using TorchSharp;
using Xunit;

namespace LoraFunctions.Jobs.Tests.Kohya;

public sealed class KohyaImportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>The shape of lora-scripts' own configuration: sections, a photo folder with repeats in its name, captions in text files.</summary>
    private const string LoraScripts = """
        [model]
        v2 = false
        pretrained_model_name_or_path = "./sd-models/model.safetensors"

        [dataset]
        train_data_dir = "./train/cars"
        reg_data_dir = ""
        resolution = "512,512"
        prior_loss_weight = 1
        enable_bucket = true
        shuffle_caption = true
        cache_latents = true

        [additional_network]
        network_dim = 32
        network_alpha = 16
        network_train_unet_only = false
        network_module = "networks.lora"
        network_args = ["conv_dim=4"]

        [optimizer]
        unet_lr = 1e-4
        text_encoder_lr = "1e-5"
        learning_rate = 1e-3
        optimizer_type = "AdamW8bit"
        optimizer_args = ["weight_decay=0.1", "betas=0.9,0.99", "decouple=True"]
        lr_scheduler = "cosine_with_restarts"
        lr_warmup_steps = 20
        lr_restart_cycles = 2

        [training]
        train_batch_size = 2
        max_train_epochs = 10
        noise_offset = 0.05
        min_snr_gamma = 5
        debiased_estimation_loss = true
        keep_tokens = 0
        xformers = true
        clip_skip = 2
        mixed_precision = "fp16"
        caption_extension = ".txt"
        seed = 1337

        [saving]
        output_name = "tesla"
        output_dir = "./output"
        save_every_n_epochs = 1
        save_model_as = "safetensors"

        [others]
        my_own = 3
        shufle_caption = true
        """;

    [Fact]
    public void Import_LoraScripts_IsReadByTheTraining()
    {
        Photos("train/cars/10_tesla", ("a", "tesla model y, front view"), ("b", null));
        _folder.Write("sd-models/model.safetensors", "");
        var toml = _folder.Write("lora.toml", LoraScripts);

        var result = KohyaImport.Import([toml], new KohyaImportOptions { Root = _folder.Path, YamlFolder = _folder.Path, WriteCaptions = true });

        var configuration = TrainingConfigurationReader.Read([_folder.Write("tesla.yaml", result.Yaml)]);
        result.Name.ShouldBe("tesla");
        CaptionFile.Read(result.MetadataPath!).Select(r => (r.FileName, r.Caption)).ShouldBe([("a.jpg", "tesla model y, front view"), ("b.jpg", "tesla")]);
        configuration.TrainDataDir.ShouldBe(_folder.Below("train", "cars", "10_tesla"));
        configuration.BaseModel.ShouldBe(_folder.Below("sd-models", "model.safetensors"));
        configuration.OutputDir.ShouldBe(_folder.Below("output"));
        configuration.Repeats.ShouldBe(10);
        configuration.Resolution.InYaml.ShouldBe("512");
        configuration.Buckets.ShouldBeTrue();
        configuration.Precision.ShouldBe(torch.ScalarType.Float16);
        configuration.SampleEveryEpochs.ShouldBe(0);
        var options = configuration.EffectiveOptions;
        options.Rank.ShouldBe(32);
        options.Alpha.ShouldBe(16);
        options.Dropout.ShouldBe(0, "sd-scripts has none unless asked");
        options.Targets.ShouldBe(LoraTargets.Kohya | LoraTargets.Convolutions);
        options.ConvolutionRank.ShouldBe(4);
        options.ConvolutionAlpha.ShouldBe(1, "sd-scripts' default");
        options.LearningRate.ShouldBe(1e-4);
        options.TextEncoderLearningRate.ShouldBe(1e-5);
        options.WeightDecay.ShouldBe(0.1);
        options.Beta1.ShouldBe(0.9);
        options.Beta2.ShouldBe(0.99);
        options.Scheduler.ShouldBe(LearningRateScheduler.Cosine);
        options.WarmupSteps.ShouldBe(20);
        options.BatchSize.ShouldBe(2);
        options.Epochs.ShouldBe(10);
        options.NoiseOffset.ShouldBe(0.05);
        options.MinSnrGamma.ShouldBe(5);
        options.DebiasedEstimation.ShouldBeTrue();
        options.ShuffleCaption.ShouldBeTrue();
        options.KeepTokens.ShouldBe(0);
        options.Seed.ShouldBe(1337);
    }

    [Fact]
    public void Import_EveryKey_IsInTheYaml()
    {
        var result = KohyaImport.Import([_folder.Write("lora.toml", LoraScripts)], new KohyaImportOptions { Root = _folder.Path, YamlFolder = _folder.Path });

        foreach (var key in LoraScripts.Split('\n').Where(l => l.Contains('=', StringComparison.Ordinal)).Select(l => l.Split('=')[0].Trim()))
        {
            result.Yaml.ShouldMatch($@"\b{key}\b");
        }

        result.Warnings.ShouldBe(
        [
            $"{_folder.Below("lora.toml")}:6: train_data_dir = \"./train/cars\": is no folder on this machine. If the photos lie in {{repeats}}_{{class}} below it, set train_data_dir to that folder and repeats to its number; captions are read from metadata.csv in it.",
            $"{_folder.Below("lora.toml")}:26: decouple = \"True\": is an argument of the optimizer that has no counterpart.",
            $"{_folder.Below("lora.toml")}:29: lr_restart_cycles = 2: the cosine goes down once, without restarts.",
            $"{_folder.Below("lora.toml")}:39: clip_skip = 2: has no counterpart: the text encoder's last layer is used, as Stable Diffusion 1.5 was trained.",
            $"{_folder.Below("lora.toml")}:51: my_own = 3: is not known.",
            $"{_folder.Below("lora.toml")}:52: shufle_caption = true: is not known. Did you mean 'shuffle_caption'?",
        ]);
        result.Warnings.ShouldAllBe(w => result.Yaml.Contains("#   " + w, StringComparison.Ordinal));
        result.MetadataPath.ShouldBeNull();
    }

    [Fact]
    public void Import_NothingSaid_WritesOutTheOtherToolsDefaults()
    {
        Photos("cars", ("a", "x"), ("b", "x"), ("c", "x"));

        var result = Import("train_data_dir = \"cars\"\nmax_train_steps = 100\ntrain_batch_size = 2\n");

        result.Yaml.ShouldContain("lora_rank: 4  # sd-scripts' default\n");
        result.Yaml.ShouldContain("lora_alpha: 1  # sd-scripts' default\n");
        result.Yaml.ShouldContain("lora_dropout: 0  # sd-scripts' default\n");
        result.Yaml.ShouldContain("learning_rate: 2e-06  # sd-scripts' default\n");
        result.Yaml.ShouldContain("text_encoder_learning_rate: 2e-06  # sd-scripts' default\n");
        result.Yaml.ShouldContain("buckets: false  # sd-scripts' default\n");
        result.Yaml.ShouldContain("precision: fp32  # sd-scripts' default\n");
        result.Yaml.ShouldContain("target_modules: [\"attention\", \"feed_forward\", \"projections\"]  # sd-scripts' default\n");
        result.Yaml.ShouldContain("epochs: 50  # max_train_steps\n", customMessage: "3 photos at batch 2 are 2 steps an epoch");
    }

    [Fact]
    public void Import_DatasetFile_InnerValuesGoFirstAndOtherFoldersAreNamed()
    {
        Photos("hoge", ("a", "x"));
        var training = _folder.Write("train.toml", "pretrained_model_name_or_path = 'm.safetensors'\noutput_dir = 'out'\nmax_train_epochs = 3\nkeep_tokens = 9\n");
        var dataset = _folder.Write("dataset.toml", """
            [[datasets]]
            resolution = [768, 512]
            batch_size = 4
            keep_tokens = 2

              [[datasets.subsets]]
              is_reg = true
              image_dir = 'reg'

              [[datasets.subsets]]
              image_dir = 'hoge'
              num_repeats = 7
              class_tokens = 'hoge car'

              [[datasets.subsets]]
              image_dir = 'fuga'

            [[datasets]]
            resolution = 256

            [general]
            keep_tokens = 1
            caption_extension = '.txt'
            """);

        var result = KohyaImport.Import([training, dataset], new KohyaImportOptions { Root = _folder.Path, YamlFolder = _folder.Path });

        result.Yaml.ShouldContain("train_data_dir: \"hoge\"  # image_dir\n");
        result.Yaml.ShouldContain("repeats: 7  # num_repeats\n");
        result.Yaml.ShouldContain("keep_tokens: 2  # keep_tokens\n");
        result.Yaml.ShouldContain("batch_size: 4  # batch_size\n");
        result.Yaml.ShouldContain("resolution: 768x512  # resolution\n");
        result.Warnings.Count(w => w.Contains("is left out", StringComparison.Ordinal)).ShouldBe(3);
        result.Warnings.ShouldContain($"{dataset}:6: [[datasets.subsets]] is left out: one YAML trains one folder of photos of one car model, and this is one for regularisation.");
        result.Warnings.ShouldNotContain(w => w.Contains("about 7", StringComparison.Ordinal));
    }

    [Fact]
    public void Import_PresetOfTheGui_IsCalledWhatItIs()
    {
        var file = _folder.Write("preset.json", "{\n  \"LoRA_type\": \"Standard\",\n  \"epoch\": 10\n}\n");

        Should.Throw<InvalidJobInputException>(() => KohyaImport.Import([file])).Problems.ShouldHaveSingleItem()
            .ShouldStartWith($"{file}: is JSON, such as a preset of kohya's GUI; this reads TOML. ");
    }

    [Fact]
    public void Import_KeysOfTheGuisToml_AreAllKnown()
    {
        var result = Import("epoch = 10\nnoise_offset_type = 'Original'\nuse_wandb = false\nno_token_padding = false\nstop_text_encoder_training = 0\nloraplus_lr_ratio = 0\n");

        result.Warnings.ShouldNotContain(w => w.Contains("is not known", StringComparison.Ordinal) || w.Contains("no counterpart", StringComparison.Ordinal));
    }

    [Fact]
    public void Import_WindowsPathInDoubleQuotes_IsToldSingleQuotes()
    {
        var file = _folder.Write("x.toml", "output_dir = \"D:\\photos\\Users\"\nseed = 1\n");

        Should.Throw<InvalidJobInputException>(() => KohyaImport.Import([file])).Problems.ShouldBe([
            $"{file}:1: not valid TOML: In double quotes a backslash begins a character of its own; write a Windows path in single quotes, or with / instead of \\.",
        ]);
    }

    [Theory]
    [InlineData("output_dir = \"D:\\new\\table\"", "holds a character that no path has")]
    [InlineData("output_dir = '$WORK/out'", "holds $WORK")]
    public void Import_PathThatIsNone_IsACommentAndAWarning(string toml, string problem)
    {
        var result = Import(toml);

        result.Warnings.ShouldContain(w => w.Contains(problem, StringComparison.Ordinal));
        result.Yaml.Split('\n').ShouldNotContain(l => l.StartsWith("output_dir:", StringComparison.Ordinal));
    }

    [Fact]
    public void Import_ValueOutOfOurRange_IsACommentAndAWarning()
    {
        var result = Import("network_dim = 512\nseed = \"lots\"\nbucket_reso_steps = 8\n");

        result.Yaml.ShouldContain("# lora_rank: 512  # network_dim; 512 is out of range; give 1 to 320.\n");
        result.Yaml.ShouldContain("# seed: \"lots\"  # seed; 'lots' is not a whole number; give 0 to 4294967295.\n");
        result.Yaml.ShouldContain("# bucket_step: 8 ");
        result.Warnings.ShouldContain(w => w.EndsWith("network_dim = 512: as lora_rank: 512 is out of range; give 1 to 320.", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("network_train_unet_only = true\ntext_encoder_lr = 1e-5", "text_encoder_learning_rate: none  # network_train_unet_only")]
    [InlineData("text_encoder_lr = 0", "text_encoder_learning_rate: none  # text_encoder_lr")]
    [InlineData("text_encoder_lr = [1e-5, 1e-6]", "text_encoder_learning_rate: 1e-05  # text_encoder_lr")]
    [InlineData("learning_rate = 3e-4", "text_encoder_learning_rate: 0.0003  # learning_rate")]
    [InlineData("lr_scheduler = 'polynomial'", "lr_scheduler: linear  # lr_scheduler")]
    [InlineData("lr_scheduler = 'constant_with_warmup'\nlr_warmup_steps = 10", "lr_warmup_steps: 10  # lr_warmup_steps")]
    [InlineData("max_grad_norm = 0", "max_grad_norm: none  # max_grad_norm")]
    [InlineData("caption_prefix = 'sks car, photo '", "trigger_words: [\"sks car\", \"photo\"]  # caption_prefix")]
    [InlineData("conv_dim = 8\nconv_alpha = 2\nnetwork_module = 'lycoris.kohya'\nlycoris_algo = 'locon'", "conv_alpha: 2  # conv_alpha")]
    [InlineData("positive_prompts = 'a car'\nsample_every_n_epochs = 2", "sample_every_epochs: 2  # sample_every_n_epochs")]
    [InlineData("sample_prompts = 'a car --n blurry --w 512'\nsample_every_n_epochs = 2", "sample_prompts: [\"a car\"]  # sample_prompts")]
    [InlineData("save_every_n_steps = 50", "save_steps: 50  # save_every_n_steps")]
    [InlineData("validation_split = 0.1", "validation_share: 0.1  # validation_split")]
    [InlineData("resolution = 768", "resolution: 768  # resolution")]
    [InlineData("epoch = 12\nmax_train_steps = 900", "epochs: 12  # epoch")]
    [InlineData("epoch = 12\nmax_train_epochs = 3", "epochs: 3  # max_train_epochs")]
    [InlineData("resolution = '502,378'", "resolution: 504x376  # resolution")]
    public void Import_Setting_BecomesOurs(string toml, string line) => Import(toml).Yaml.Split('\n').ShouldContain(line);

    [Theory]
    [InlineData("optimizer_type = 'Prodigy'", "the optimizer is AdamW")]
    [InlineData("network_module = 'lycoris.kohya'\nlycoris_algo = 'loha'", "only LoRA and LoCon")]
    [InlineData("network_module = 'networks.oft'", "is no LoRA or LoCon")]
    [InlineData("model_train_type = 'sdxl-lora'", "Stable Diffusion 1.5 only")]
    [InlineData("v2 = true", "Stable Diffusion 1.5 only")]
    [InlineData("lr_scheduler = 'adafactor'", "the learning rate stays constant")]
    [InlineData("lr_warmup_steps = 0.1\nlr_scheduler = 'cosine'", "is a share of all steps")]
    [InlineData("pretrained_model_name_or_path = 'runwayml/stable-diffusion-v1-5'", "Hugging Face")]
    [InlineData("pretrained_model_name_or_path = 'E:\\models\\sd.safetensors'", "Windows machine")]
    [InlineData("pretrained_model_name_or_path = 'model.ckpt'", "PyTorch pickle")]
    [InlineData("reg_data_dir = 'reg'", "no pictures for regularisation")]
    [InlineData("loss_type = 'huber'", "mean square")]
    [InlineData("down_lr_weight = '1,1,0.5'", "one learning rate")]
    [InlineData("network_weights = 'old.safetensors'", "cannot go on from another LoRA")]
    public void Import_WhatWouldDiffer_IsAWarning(string toml, string words) => Import(toml).Warnings.ShouldContain(w => w.Contains(words, StringComparison.Ordinal));

    [Theory]
    [InlineData("loss_type = 'l2'")]
    [InlineData("caption_separator = ','")]
    [InlineData("scale_weight_norms = 0")]
    [InlineData("down_lr_weight = '1,1,1'")]
    [InlineData("color_aug = false")]
    [InlineData("wandb_api_key = ''")]
    [InlineData("use_8bit_adam = true")]
    public void Import_WhatWouldNotDiffer_IsNamedWithoutAWarning(string toml)
    {
        var result = Import(toml);

        result.Warnings.Where(w => w.Contains(toml.Split(' ')[0], StringComparison.Ordinal)).ShouldBeEmpty();
        result.Yaml.ShouldContain($"#   {toml.Split(' ')[0]} = ");
    }

    [Fact]
    public void Import_FilesThatAreNoToml_AreNamedAtOnceAndInAFewLines()
    {
        var noise = _folder.Write("noise.toml", string.Concat(Enumerable.Range(0, 500).Select(i => $"]{i} = = \n")));

        var problems = Should.Throw<InvalidJobInputException>(() => KohyaImport.Import([_folder.Below("none.toml"), _folder.Write("bad.toml", "a = 1\nb = "), noise])).Problems;

        problems[0].ShouldContain("none.toml: there is no such file");
        problems[1].ShouldStartWith($"{_folder.Below("bad.toml")}:2: not valid TOML: ");
        problems.Count.ShouldBe(8);
        problems[^1].ShouldContain("is it a TOML at all?");
    }

    [Fact]
    public void Import_CaptionsMissing_NamesEveryPhotoAndWritesNothing()
    {
        Photos("cars", ("a", null), ("b", "x"), ("c", null));

        var problems = Should.Throw<InvalidJobInputException>(() => KohyaImport.Import(
            [_folder.Write("x.toml", "train_data_dir = 'cars'\ncaption_extension = '.txt'")],
            new KohyaImportOptions { Root = _folder.Path, WriteCaptions = true })).Problems;

        problems.Select(p => Path.GetFileName(p.Split(':')[0])).ShouldBe(["a.jpg", "c.jpg"]);
        File.Exists(_folder.Below("cars", "metadata.csv")).ShouldBeFalse();
    }

    [Fact]
    public void Import_SeveralFolders_KeepsThemWhereTheyRepeatAlike()
    {
        Photos("same/10_front", ("a", "x"));
        Photos("same/10_rear", ("b", "x"));
        Photos("other/10_front", ("a", "x"));
        Photos("other/2_rear", ("b", "x"));

        var same = Import("train_data_dir = 'same'");
        var other = Import("train_data_dir = 'other'");

        same.Yaml.ShouldContain("train_data_dir: \"same\"");
        same.Yaml.ShouldContain("repeats: 10 ");
        same.Warnings.ShouldNotContain(w => w.Contains("differently often", StringComparison.Ordinal));
        other.Warnings.ShouldContain(w => w.Contains("10_front, 2_rear repeat their photos differently often", StringComparison.Ordinal));
    }

    [Fact]
    public void Import_CaptionsUnderAnotherEndingThanAsked_AreNotPassedOverSilently()
    {
        Photos("cars", ("a", "x"), ("b", "y"), ("c", null));

        Import("train_data_dir = 'cars'").Warnings.ShouldContain(w =>
            w.StartsWith("caption_extension is not set, so sd-scripts reads .caption files and passes over the .txt beside 2 photos; ", StringComparison.Ordinal));
        Import("train_data_dir = 'cars'\ncaption_extension = '.txt'").Warnings.ShouldNotContain(w => w.Contains("passes over", StringComparison.Ordinal));
    }

    [Fact]
    public void Write_CaptionsAsTextFiles_AreReadBackAsTheyWere()
    {
        Photos("cars", ("a", null), ("sub/a", null));
        _folder.Write("cars/metadata.csv", "a.jpg,\"Tesla Model Y, \"\"side\"\" view\"\nsub/a.jpg,Tesla Model Y\n");

        KohyaPhotos.Write(_folder.Below("cars"), _folder.Below("kohya", "20_car")).ShouldBe(2);

        var photos = KohyaPhotos.Find(_folder.Below("kohya"))!;
        photos.Repeats.ShouldBe(20);
        CaptionFile.Read(photos.WriteCaptions(".txt", classTokens: null)).Select(row => (row.FileName, row.Caption)).ShouldBe([
            ("a.jpg", "Tesla Model Y, \"side\" view"), ("sub-a.jpg", "Tesla Model Y")]);
        Should.Throw<InvalidJobInputException>(() => KohyaPhotos.Write(_folder.Below("cars"), _folder.Below("cars"))).Problems.Count.ShouldBe(2);
    }

    private KohyaImportResult Import(string toml) =>
        KohyaImport.Import([_folder.Write("x.toml", toml)], new KohyaImportOptions { Root = _folder.Path, YamlFolder = _folder.Path });

    private void Photos(string folder, params ReadOnlySpan<(string Name, string? Caption)> photos)
    {
        foreach (var (name, caption) in photos)
        {
            _folder.Write($"{folder}/{name}.jpg", "");
            if (caption is not null)
            {
                _folder.Write($"{folder}/{name}.txt", caption + "\nsecond line\n");
            }
        }
    }
}
