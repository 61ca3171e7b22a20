using LoraFunctions.Diffusion.Generation;
using LoraFunctions.Jobs.Rendering;
using Shouldly;
using Xunit;

namespace LoraFunctions.Jobs.Tests.Rendering;

public sealed class InfotextTests
{
    private static readonly string Version = typeof(Infotext).Assembly.GetName().Version!.ToString(fieldCount: 3);

    private static readonly Infotext Sample = new()
    {
        Prompt = "(sedan:1.3), <lora:tesla_lora:0.8>, city street",
        NegativePrompt = "low quality, blurry",
        Steps = 20,
        Sampler = "Euler",
        GuidanceScale = 7.5,
        Seed = 4294967295,
        Width = 768,
        Height = 512,
    };

    [Fact]
    public void ToString_Everything_IsWebUisLine() =>
        (
            Sample with
            {
                ScheduleType = "Karras",
                ModelHash = "6ce0161689",
                Model = "v1-5-pruned-emaonly",
                Loras = [("tesla_lora", "0123456789ab"), ("byd_lora", "ba9876543210")],
                More = [("Brackets", "weight")],
            })
            .ToString()
            .ShouldBe(
                "(sedan:1.3), <lora:tesla_lora:0.8>, city street\n"
                    + "Negative prompt: low quality, blurry\n"
                    + "Steps: 20, Sampler: Euler, Schedule type: Karras, CFG scale: 7.5, Seed: 4294967295, Size: 768x512, Model hash: "
                    + "6ce0161689, "
                    + "Model: v1-5-pruned-emaonly, Lora hashes: \"tesla_lora: 0123456789ab, byd_lora: ba9876543210\", Brackets: weight, "
                    + "Version: LoraFunctions "
                    + Version);

    [Fact]
    public void ToString_NoNegative_HasNoNegativeLine() =>
        (Sample with { NegativePrompt = "", GuidanceScale = 7 })
            .ToString()
            .ShouldBe(
                "(sedan:1.3), <lora:tesla_lora:0.8>, city street\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 4294967295, Size: "
                    + "768x512, Version: LoraFunctions "
                    + Version);

    [Theory]
    [InlineData("a, b", "\"a, b\"")]
    [InlineData("a:b", "\"a:b\"")]
    [InlineData("汉, \"x\"", "\"汉, \\\"x\\\"\"")]
    [InlineData("plain name", "plain name")]
    public void ToString_ValueWithSeparators_IsAJsonText(string model, string written) =>
        (Sample with { Model = model }).ToString().ShouldContain($", Model: {written}, Version");

    // As WebUI 1.10 writes it.
    [Fact]
    public void Parse_WebUisText_IsTheRequest()
    {
        var request = Infotext.Parse(
            "a (red:1.2) car,\non a street <lora:tesla:0.8>\nNegative prompt: blurry,\nlow quality\n"
                + "Steps: 25, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 6.5, Seed: 42, Size: 640x448, Model hash: 6ce0161689, "
                + "Model: v1-5-pruned-emaonly, Clip skip: 2, Lora hashes: \"tesla: 0123456789ab\", Version: v1.10.1");

        request.ShouldBe(new TextToImageRequest
        {
            Prompt = "a (red:1.2) car,\non a street <lora:tesla:0.8>",
            NegativePrompt = "blurry,\nlow quality",
            Steps = 25,
            Sampler = "DPM++ 2M Karras",
            GuidanceScale = 6.5,
            Seed = 42,
            Width = 640,
            Height = 448,
            ClipSkip = 2,
        });
    }

    [Fact]
    public void Parse_WhatIsNoInfotext_SaysWhatIsMissing()
    {
        Should.Throw<InvalidJobInputException>(() => Infotext.Parse("a car on a street")).Message.ShouldContain("'Steps: ..., Sampler: ...'");
        Should.Throw<InvalidJobInputException>(() => Infotext.Parse("a car\nSteps: many, Sampler: Euler, Size: wide, Composition: Thirds")).Problems
            .ShouldBe([
                "Size: 'wide' is not a width and a height such as 512x512.",
                "Steps: 'many' is not a number.",
                "Seed is missing.",
                "Composition: there is no method 'Thirds'; there are Halves, Masks, Merge, DeltaMask, Attention, SoloFirst.",
            ]);
    }
}
