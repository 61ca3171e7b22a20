using LoraFunctions.Jobs.Training;
using LoraFunctions.Jobs.Training.Configuration;
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

        configuration.ShouldBe(new TrainingConfiguration
        {
            TrainDataDir = _folder.File("data", "tesla"),
            MetadataPath = _folder.File("data", "tesla", "metadata.csv"),
            BaseModel = _folder.File("models", "v1-5-pruned.safetensors"),
            OutputDir = _folder.File("output", "tesla_lora"),
            LoraRank = 8,
            LoraAlpha = 16,
            LoraDropout = 0.1,
            LearningRate = 2e-4,
            BatchSize = 4,
            Epochs = 15,
            SaveSteps = 100,
        });
    }

    [Fact]
    public void Read_OnlyTheRequiredKeys_HasTheDocumentsNumbers()
    {
        var configuration = TrainingConfigurationReader.Read(
            [_folder.Write("t.yaml", "train_data_dir: data/tesla\nbase_model: models/v1-5-pruned.safetensors\noutput_dir: out\n")]);

        configuration.LoraRank.ShouldBe(8);
        configuration.EffectiveAlpha.ShouldBe(16);
        configuration.LearningRate.ShouldBe(2e-4);
        configuration.MetadataPath.ShouldBe(_folder.File("data", "tesla", "metadata.csv"));
    }

    [Fact]
    public void Read_SeveralFiles_LaterOnesOverrideKeyByKey()
    {
        var defaults = _folder.Write("default.yaml", Document + "\nseed: 7\n");
        var model = _folder.Write("tesla.yaml", "lora_rank: 16\n");

        var configuration = TrainingConfigurationReader.Read([defaults, model]);

        configuration.LoraRank.ShouldBe(16);
        configuration.Seed.ShouldBe(7);
        configuration.LoraAlpha.ShouldBe(16);
    }

    [Fact]
    public void Read_ManyMistakes_NamesAllWithLineAndKey()
    {
        var path = _folder.Write("bad.yaml", """
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
            """);

        var problems = Should.Throw<InvalidJobInputException>(() => TrainingConfigurationReader.Read([path])).Problems;

        problems.ShouldBe(
        [
            $"{path}:3: lora_rnak: there is no such key. Did you mean 'lora_rank'? 'lora config explain' lists them all.",
            $"{path}: output_dir: is missing; it is a folder. Gets the LoRA, log, plot, manifest and checkpoints; made when missing.",
            $"{path}:4: lora_alpha: -1 is out of range; give more than 0, up to 1024.",
            $"{path}:5: lora_dropout: 'ten' is not a number; give 0 to less than 1.",
            $"{path}:6: batch_size: '4.5' is not a whole number; give 1 to 256.",
            $"{path}:7: epochs: is empty; give 1 to 100000, or remove the line.",
            $"{path}:11: save_steps: a list stands where one value is expected; give 1 to 1000000.",
            $"{path}:8: resolution: 500 is not a multiple of 64; 448 and 512 are.",
            $"{path}:10: buckets: 'maybe' is neither true nor false.",
            $"{path}:9: bucket_step: '48' is not known; give one of 32, 64.",
            $"{path}:1: train_data_dir: there is no folder {_folder.File("data", "byd")}.",
            $"{path}:2: base_model: there is no base model v2.safetensors; looked for a file or a diffusers folder at {_folder.File("models", "v2.safetensors")}.",
        ],
        ignoreOrder: false);
    }

    [Fact]
    public void Read_ValuesGivenByTheRequest_ReplaceTheYamls()
    {
        var yaml = _folder.Write("t.yaml", "lora_rank: 4\noutput_dir: ignored\n");

        var configuration = TrainingConfigurationReader.Read(new TrainingRequest
        {
            Configurations = [yaml],
            TrainDataDir = _folder.File("data", "tesla"),
            BaseModel = _folder.File("models"),
            OutputDir = _folder.File("elsewhere"),
        });

        configuration.OutputDir.ShouldBe(_folder.File("elsewhere"));
        configuration.BaseModel.ShouldBe(_folder.File("models"));
        configuration.LoraRank.ShouldBe(4);
    }

    [Theory]
    [InlineData("lora_rank: [8\n", ":2: not valid YAML: ")]
    [InlineData("lora_rank: 8\nlora_rank: 16\n", ":2: not valid YAML: ")]
    [InlineData("- lora_rank\n", ":1: expected 'key: value' lines at the top.")]
    [InlineData("---\nlora_rank: 8\n---\nepochs: 1\n", ":4: a second document begins here")]
    public void Read_NotAMapping_SaysTheLine(string yaml, string expected)
    {
        var path = _folder.Write("t.yaml", yaml);

        Should.Throw<InvalidJobInputException>(() => TrainingConfigurationReader.Read([path])).Problems[0].ShouldStartWith(path + expected);
    }

    [Fact]
    public void Read_NoSuchFile_SaysWhereItLooked()
    {
        var path = _folder.File("none.yaml");

        Should.Throw<InvalidJobInputException>(() => TrainingConfigurationReader.Read([path])).Problems
            .ShouldBe([$"{path}: there is no such file (looked for {path})."]);
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
