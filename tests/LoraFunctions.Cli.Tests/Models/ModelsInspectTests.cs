using System.IO.Compression;
using LoraFunctions.Jobs.Tests;
using Shouldly;
using Xunit;

namespace LoraFunctions.Cli.Tests.Models;

public sealed class ModelsInspectTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Inspect_KohyaLora_TellsRankAlphaModulesAndMetadata()
    {
        var run = await CliRun.Of("models", "inspect", Golden("e_lora.kohya.f16"));

        run.ExitCode.ShouldBe(0, run.Error);
        run.Out.ShouldContain("LoRA for Stable Diffusion 1.5");
        run.Out.ShouldMatch(@"UNet +attn1\.to_q +16 +4 +8 +2 ");
        run.Out.ShouldMatch(@"text encoder +self_attn\.q_proj +3 +4 +8 +2 ");
        run.Out.ShouldMatch(@"short hash +[0-9a-f]{12}");
        run.Out.ShouldMatch(@"network dim +4");
        run.Out.ShouldMatch(@"ss_network_module +networks\.lora");
    }

    [Fact]
    public async Task Inspect_SingleFileCheckpoint_TellsItsParts()
    {
        var run = await CliRun.Of("models", "inspect", Golden("ldm_checkpoint.f16"));

        run.ExitCode.ShouldBe(0, run.Error);
        run.Out.ShouldContain("single file in LDM layout");
        run.Out.ShouldMatch(@"UNet +684 +3,222,692 +F16 ");
        run.Out.ShouldMatch("VAE +244 ");
        run.Out.ShouldMatch("model hash +[0-9a-f]{10}");
    }

    [Fact]
    public async Task Inspect_NoSuchFile_SaysWhereItLooked()
    {
        var run = await CliRun.Of("models", "inspect", _folder.Below("none.safetensors"));

        run.ExitCode.ShouldBe(2);
        run.ErrorLines.ShouldHaveSingleItem().ShouldContain(_folder.Below("none.safetensors"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("root:x:0:0:root:/root:/bin/bash")]
    public async Task Inspect_NoSafetensors_IsOneClearLine(string content)
    {
        var run = await CliRun.Of("models", "inspect", _folder.Write("x.safetensors", content));

        run.ExitCode.ShouldBe(2);
        run.ErrorLines.ShouldHaveSingleItem().ShouldStartWith("lora: ");
    }

    private string Golden(string name)
    {
        var path = _folder.Below(name + ".safetensors");
        using var packed = new GZipStream(
            File.OpenRead(RepositoryFiles.Of("tests", "LoraFunctions.Conformance", "golden", name + ".safetensors.gz")),
            CompressionMode.Decompress);
        using var file = File.Create(path);
        packed.CopyTo(file);
        return path;
    }
}
