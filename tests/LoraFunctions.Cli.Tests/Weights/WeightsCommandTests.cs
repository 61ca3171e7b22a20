using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Diffusion.Lora;
using LoraFunctions.Jobs.Tests;
using Shouldly;
using Xunit;

namespace LoraFunctions.Cli.Tests.Weights;

public sealed class WeightsCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _lora;
    private readonly string _locon;

    public WeightsCommandTests()
    {
        (_lora, _locon) = (_folder.Below("tesla.safetensors"), _folder.Below("byd.safetensors"));
        TinyModels.Unpack("e_lora.kohya.f16", _lora);
        TinyModels.Unpack("e_locon.kohya.f16", _locon);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Merge_IntoAFolder_WritesAFolderThatLoads()
    {
        var (basePath, output) = (TinyModels.StableDiffusion(_folder.Below("base")), _folder.Below("merged"));

        var run = await CliRun.Of("weights", "merge", "--base-model", basePath, "--lora", _lora, _locon, "--strength", "0.8", "-0.6", "--out", output);

        run.ExitCode.ShouldBe(0, run.Error);
        run.Out.ShouldStartWith($"{output}: ");
        using var model = StableDiffusionModel.Load(output);
        model.Name.ShouldBe("merged");
    }

    [Fact]
    public async Task Merge_LorasAlone_IsOneLoraOfBothRanks()
    {
        var output = _folder.Below("out", "both.safetensors");

        var run = await CliRun.Of("weights", "merge", "--lora", _lora, "--lora", _locon, "--strength", "0.5", "--out", output, "--precision", "fp32");

        run.ExitCode.ShouldBe(0, run.Error);
        using var merged = LoraFile.Load(output);
        using var one = LoraFile.Load(_lora);
        using var other = LoraFile.Load(_locon);
        merged.Metadata["ss_output_name"].ShouldBe("both");
        foreach (var module in merged.Modules)
        {
            module.Rank.ShouldBe((one.Find(module.Layer)?.Rank ?? 0) + (other.Find(module.Layer)?.Rank ?? 0));
        }
    }

    [Theory]
    [InlineData("merge")]
    [InlineData("resize")]
    [InlineData("extract")]
    public async Task Write_WhereNothingCanBeWritten_IsSaidFirstWithThePath(string command)
    {
        var (folder, model) = (_folder.Write("file", ""), TinyModels.StableDiffusion(_folder.Below("base")));
        var output = Path.Combine(folder, "below", "x.safetensors");
        string[] more = command switch
        {
            "merge" => ["--lora", _lora],
            "resize" => [_lora, "--rank", "2"],
            _ => ["--base-model", model, "--tuned", model],
        };

        var run = await CliRun.Of(["weights", command, .. more, "--out", output]);

        run.ExitCode.ShouldBe(2);
        run.ErrorLines.ShouldHaveSingleItem().ShouldStartWith($"lora: --out: {output} cannot be written (");
        run.Out.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("99999")]
    [InlineData("-6")]
    public async Task Merge_StrengthBeyondAllUse_IsRefused(string strength)
    {
        var run = await CliRun.Of("weights", "merge", "--lora", _lora, "--strength", strength, "--out", _folder.Below("x.safetensors"));

        run.ExitCode.ShouldBe(2);
        run.ErrorLines.ShouldHaveSingleItem().ShouldBe($"lora: --strength: {strength} is no strength; give a number such as 0.8, from -5 to 5.");
    }

    [Fact]
    public async Task Merge_WithRank_SaysWhatIsKept()
    {
        var run = await CliRun.Of("weights", "merge", "--lora", _lora, _locon, "--rank", "2", "--out", _folder.Below("small.safetensors"), "--format", "peft");

        run.ExitCode.ShouldBe(0, run.Error);
        run.Out.ShouldContain("rank 2,");
        run.Out.ShouldMatch(@"of the updates' norm \d+\.\d ?% is kept on average");
        using var small = LoraFile.Load(_folder.Below("small.safetensors"));
        small.Modules.ShouldAllBe(m => m.Rank == 2);
    }

    [Fact]
    public async Task Extract_FromAMergedModel_FindsTheLoraAgain()
    {
        var (basePath, tuned, output) = (TinyModels.StableDiffusion(_folder.Below("base")), _folder.Below("tuned"), _folder.Below("found.safetensors"));
        await CliRun.Of("weights", "merge", "--base-model", basePath, "--lora", _lora, "--out", tuned);

        var run = await CliRun.Of("weights", "extract", "--base-model", basePath, "--tuned", tuned, "--rank", "4", "--min-difference", "0", "--out", output);

        run.ExitCode.ShouldBe(0, run.Error);
        run.Out.ShouldMatch(@"it holds 100\.0 ?% of the norm");
        run.Out.ShouldNotContain("cannot hold");
        using var lora = LoraFile.Load(_lora);
        using var found = LoraFile.Load(output);
        found.Modules.Select(m => m.Layer).ShouldBe(lora.Modules.Select(m => m.Layer));
    }

    [Fact]
    public async Task Resize_Dynamic_PrintsAModuleALine()
    {
        var output = _folder.Below("resized.safetensors");

        var run = await CliRun.Of("weights", "resize", _lora, "--rank", "4", "--dynamic", "sv_fro", "--target", "0.7", "--modules", "--out", output);

        run.ExitCode.ShouldBe(0, run.Error);
        run.Out.ShouldMatch(@"unet\.down_blocks\.\S+ +4 +[234] ");
        run.Out.ShouldContain("parameters before and");
        using var resized = LoraFile.Load(output);
        resized.Metadata["ss_training_comment"].ShouldStartWith("Dynamic resize with sv_fro: 0.7 from 4");
        resized.ModelHash.ShouldBe(resized.Metadata[LoraFile.ModelHashKey]);
    }

    [Fact]
    public async Task Inspect_Lora_AddsNormsToWhatModelsInspectPrints()
    {
        var run = await CliRun.Of("weights", "inspect", _lora);

        run.ExitCode.ShouldBe(0, run.Error);
        run.Out.ShouldContain("LoRA for Stable Diffusion 1.5");
        run.Out.ShouldMatch(@"unet\.down_blocks\.\S+ +4 +8 +[\d.e-]+ +[\d.e-]+ +[1-4] ");
        run.Out.ShouldContain("norm: Frobenius norm");
    }

    [Fact]
    public async Task BadInput_IsNamedAtOnceAndNothingIsWritten()
    {
        var output = _folder.Below("x.safetensors");

        var counts = await CliRun.Of("weights", "merge", "--lora", _lora, _locon, "--strength", "1", "2", "3", "--rank", "0", "--out", output);
        var files = await CliRun.Of("weights", "merge", "--lora", _folder.Below("none.safetensors"), _folder.Write("torn.safetensors", "x"), "--out", output);
        var ending = await CliRun.Of("weights", "resize", _lora, "--rank", "2", "--out", _folder.Below("x.ckpt"));
        var target = await CliRun.Of("weights", "resize", _lora, "--rank", "2", "--dynamic", "sv_ratio", "--out", output);
        var same = await CliRun.Of("weights", "resize", _lora, "--rank", "2", "--out", _lora);

        new[] { counts, files, ending, target, same }.ShouldAllBe(r => r.ExitCode == 2);
        counts.ErrorLines.Length.ShouldBe(2);
        counts.ErrorLines[0].ShouldBe("lora: --strength: 3 numbers for 2 LoRAs; give one for each in their order, or one for all.");
        files.ErrorLines.Length.ShouldBe(2);
        ending.ErrorLines.ShouldHaveSingleItem().ShouldContain("must end in .safetensors");
        target.ErrorLines.ShouldHaveSingleItem().ShouldContain("The target of sv_ratio is 0; it must be more than 1");
        same.ErrorLines.ShouldHaveSingleItem().ShouldContain("is one of the files read");
        File.Exists(output).ShouldBeFalse();
    }

    [Fact]
    public async Task BadInput_OfEveryKind_IsNamedTogether()
    {
        var (none, torn) = (_folder.Below("none"), _folder.Write("torn.safetensors", "x"));

        var merge = await CliRun.Of("weights", "merge", "--lora", torn, "--strength", "1", "2", "--rank", "0", "--base-model", none, "--out", "x.txt");
        var alone = await CliRun.Of("weights", "merge", "--lora", torn, "--strength", "1", "2", "--out", "x.txt");
        var extract = await CliRun.Of("weights", "extract", "--base-model", none, "--tuned", none + "2", "--rank", "0", "--out", Path.Combine(torn, "x.safetensors"));
        var resize = await CliRun.Of("weights", "resize", torn, "--rank", "0", "--target", "2", "--out", "x.txt");

        merge.ErrorLines.Length.ShouldBe(5);
        alone.ErrorLines.Length.ShouldBe(3);
        extract.ErrorLines.Length.ShouldBe(4);
        extract.ErrorLines[1].ShouldEndWith("would lie below a file; name a folder.");
        extract.ErrorLines[3].ShouldBe($"lora: --tuned: there is nothing at {none}2; give a .safetensors file or a diffusers folder.");
        resize.ErrorLines.Length.ShouldBe(4);
    }

    [Theory]
    [InlineData("merged.safetensors", "is called like a file, but the base is a folder and so is the result; name a folder.")]
    [InlineData("base/merged", "lies in the base model; name a folder outside of it.")]
    public async Task Merge_OutThatIsNoPlaceForAFolder_IsRefused(string output, string expected)
    {
        var run = await CliRun.Of(
            "weights", "merge", "--base-model", TinyModels.StableDiffusion(_folder.Below("base")), "--lora", _lora, "--out", _folder.Below(output));

        run.ExitCode.ShouldBe(2);
        run.ErrorLines.ShouldHaveSingleItem().ShouldEndWith(expected);
        Path.Exists(_folder.Below(output)).ShouldBeFalse();
    }

    [Fact]
    public async Task Extract_OutInsideTheBaseModel_LeavesTheModelAlone()
    {
        var (basePath, tuned) = (TinyModels.StableDiffusion(_folder.Below("base")), _folder.Below("tuned"));
        await CliRun.Of("weights", "merge", "--base-model", basePath, "--lora", _lora, "--out", tuned);
        var unet = Path.Combine(basePath, "unet", "diffusion_pytorch_model.safetensors");
        var before = File.ReadAllBytes(unet);

        var run = await CliRun.Of("weights", "extract", "--base-model", basePath, "--tuned", tuned, "--out", unet);

        run.ExitCode.ShouldBe(2);
        run.ErrorLines.ShouldHaveSingleItem().ShouldContain("is one of the files read; give another name");
        File.ReadAllBytes(unet).ShouldBe(before);
    }
}
