using LoraFunctions.Jobs.Tests;
using Shouldly;
using Xunit;

namespace LoraFunctions.Cli.Tests.Commands;

public sealed class ConfigImportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Import_ToAFile_WritesYamlAndCaptionsAndWarnsOnStderr()
    {
        _folder.Write("cars/3_tesla/a.jpg", "");
        _folder.Write("cars/3_tesla/a.txt", "tesla, front view");
        var toml = _folder.Write("x.toml", "train_data_dir = 'cars'\noutput_dir = 'out'\npretrained_model_name_or_path = 'sd.safetensors'\noutput_name = 'tesla'\nmax_train_epochs = 2\ncaption_extension = '.txt'\nclip_skip = 2\n");
        var yaml = _folder.Below("new", "tesla.yaml");

        var run = await CliRun.Of("config", "import", toml, "--root", _folder.Path, "--captions", "--out", yaml);

        run.ExitCode.ShouldBe(0, run.Error);
        run.ErrorLines.ShouldHaveSingleItem().ShouldStartWith($"lora: warning: {toml}:7: clip_skip = 2: ");
        run.Out.ShouldContain($"Train with: lora train --config {yaml} --name tesla");
        File.ReadAllText(yaml).ShouldContain($"train_data_dir: \"{_folder.Below("cars", "3_tesla")}\"");
        File.ReadAllText(_folder.Below("cars", "3_tesla", "metadata.csv")).ShouldBe("a.jpg,\"tesla, front view\"\n");

        var again = await CliRun.Of("config", "import", toml, "--out", yaml);
        again.ExitCode.ShouldBe(2);
        again.ErrorLines.ShouldHaveSingleItem().ShouldContain("is there already");
    }

    [Fact]
    public async Task Import_WhereNothingCanBeWritten_IsSaidBeforeCaptionsAreWritten()
    {
        _folder.Write("cars/a.jpg", "");
        _folder.Write("cars/a.txt", "tesla, front view");
        var (toml, target) = (_folder.Write("x.toml", "train_data_dir = 'cars'\ncaption_extension = '.txt'\n"), Path.Combine(_folder.Write("file", ""), "x.yaml"));

        var run = await CliRun.Of("config", "import", toml, "--root", _folder.Path, "--captions", "--out", target);

        run.ExitCode.ShouldBe(2);
        run.ErrorLines.ShouldHaveSingleItem().ShouldStartWith($"lora: {target} cannot be written (");
        File.Exists(_folder.Below("cars", "metadata.csv")).ShouldBeFalse();
    }

    [Fact]
    public async Task Import_WithoutOut_PrintsTheYaml()
    {
        var run = await CliRun.Of("config", "import", _folder.Write("x.toml", "network_dim = 16"));

        run.ExitCode.ShouldBe(0);
        run.Out.ShouldContain("\nlora_rank: 16  # network_dim\n");
    }

    [Fact]
    public async Task Import_NoToml_IsOneLineAFile()
    {
        var run = await CliRun.Of("config", "import", _folder.Below("a.toml"), _folder.Below("b.toml"));

        run.ExitCode.ShouldBe(2);
        run.ErrorLines.Length.ShouldBe(2);
    }
}
