using LoraFunctions.Imaging.Codecs;
using LoraFunctions.Imaging.Marking;
using LoraFunctions.Jobs.Tests;
using Shouldly;
using Xunit;

namespace LoraFunctions.Cli.Tests.Commands;

public sealed class SweepCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task TwoSettings_SpanAMarkedSheet()
    {
        TinyModels.StableDiffusion(_folder.Below("base"));
        TinyModels.Unpack("e_lora.kohya.f16", _folder.Below("tesla.safetensors"));
        var sheet = _folder.Below("sheet.png");

        var run = await CliRun.Of(
            "sweep", "--base-model", _folder.Below("base"), "--prompt", "a car <lora:tesla:{strength}>", "--lora", _folder.Below("tesla.safetensors"),
            "--strength", "0.4..0.8", "--seed", "1..2", "--steps", "1", "--size", "64x64", "--sampler", "Euler", "--out", sheet);

        run.ExitCode.ShouldBe(0, run.Error);
        run.Out.ShouldContain($"{sheet}: 10 pictures, ");
        var check = PictureCheck.Of(await File.ReadAllBytesAsync(sheet, TestContext.Current.CancellationToken));
        check.IsOursAndWhole.ShouldBeTrue(check.ToString());
        var image = ImageCodec.Decode(await File.ReadAllBytesAsync(sheet, TestContext.Current.CancellationToken));
        image.Width.ShouldBe((5 * 64) + (6 * 8));
        image.Height.ShouldBeGreaterThan(2 * 64);
    }

    [Theory]
    [InlineData("a car <lora:t:0.8>", "--strength: the prompt does not hold {strength}, so it would have no effect.", "--strength", "0.4,0.8")]
    [InlineData("a car", "--seed: '1..x' is neither a whole number of 0 or more nor a range such as 1..4.", "--seed", "1..x")]
    [InlineData("a car", "--cfg: '9..5' is neither a number of 0 or more nor a range such as 0.4..1.2.", "--cfg", "9..5")]
    [InlineData("a car", "--steps, --cfg, --seed have several values; a sheet has two sides. Give all but two of them one value.",
        "--steps", "1,2", "--cfg", "5,6", "--seed", "1..2")]
    public async Task WrongSettings_AreRefused(string prompt, string problem, params string[] options)
    {
        var run = await CliRun.Of(["sweep", "--base-model", "base", "--prompt", prompt, .. options]);

        run.ExitCode.ShouldBe(2);
        run.ErrorLines.ShouldBe([$"lora: {problem}"]);
    }
}
