using LoraFunctions.Diffusion.Prompts;
using Shouldly;
using Xunit;

namespace LoraFunctions.Diffusion.Tests.Prompts;

public sealed class PromptTagsTests
{
    [Theory]
    [InlineData("a <lora:x:0.8>", "a ", "x", 0.8, 0.8)]
    [InlineData("<lora:x>", "", "x", 1, 1)]
    [InlineData("<lora:x:0.5:0.7>, b", ", b", "x", 0.5, 0.7)]
    [InlineData("<lora:x:te=0.5:unet=0.7>", "", "x", 0.5, 0.7)]
    [InlineData("<lora:x:unet=0.7>", "", "x", 1, 0.7)]
    [InlineData("<lora:x:te=0.5>", "", "x", 0.5, 0.5)]
    [InlineData("<lora:x:0.3:unet=.7>", "", "x", 0.3, 0.7)]
    [InlineData("<lora:特斯拉 Model Y:-0.5>", "", "特斯拉 Model Y", -0.5, -0.5)]
    [InlineData("<lyco:x:1>", "", "x", 1, 1)]
    public void Extract_LoraTag_GivesBothStrengthsAndTheRestOfTheText(string prompt, string text, string name, double te, double unet)
    {
        var extracted = PromptTags.Extract(prompt);
        extracted.Text.ShouldBe(text);
        extracted.Loras.ShouldBe([new LoraTag(name, te, unet)]);
        extracted.Problems.ShouldBeEmpty();
    }

    [Fact]
    public void Extract_SeveralTags_KeepsTheirOrderAndRepetitions()
    {
        var extracted = PromptTags.Extract("x <lora:b:1> y <lora:a:0.5><lora:b:0.2>");
        extracted.Text.ShouldBe("x  y ");
        extracted.Loras.Select(l => l.Name).ShouldBe(["b", "a", "b"]);
    }

    [Theory]
    [InlineData("no tags")]
    [InlineData("a <b>bold</b> car, 3 < 4, <3")]
    [InlineData("lora: a car")]
    public void Extract_WhatIsNoTag_IsText(string prompt)
    {
        var extracted = PromptTags.Extract(prompt);
        extracted.Text.ShouldBe(prompt);
        extracted.Loras.ShouldBeEmpty();
        extracted.Problems.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("a < lora:a:1>", 3)]
    [InlineData("a <lora :a:1>", 3)]
    [InlineData("a <lora:a:1", 3)]
    [InlineData("a <lora", 3)]
    [InlineData("a <Lora>", 3)]
    [InlineData("lora:a:1>", 1)]
    [InlineData("a <hyper:x", 3)]
    [InlineData("<lora:b:1> <lora:a:1", 12)]
    public void Extract_PieceOfATag_IsAProblemWithItsPlace(string prompt, int character)
    {
        var extracted = PromptTags.Extract(prompt);
        extracted.Problems.ShouldHaveSingleItem().ShouldContain("looks like a tag");
        extracted.Problems[0].ShouldStartWith($"character {character}: ");
    }

    [Theory]
    [InlineData("<lora::0.5>", "names no LoRA")]
    [InlineData("<lora:te=0.5>", "names no LoRA")]
    [InlineData("<lora:a:x>", "'x' is no strength")]
    [InlineData("<lora:a:>", "'' is no strength")]
    [InlineData("<lora:a:1:y>", "'y' is no strength")]
    [InlineData("<lora:a:NaN>", "'NaN' is no strength")]
    [InlineData("<lora:a:1:dyn=8>", "not dyn")]
    [InlineData("<lora:a:1:1:8>", "not 8")]
    [InlineData("<lora:a:99999>", "'99999' is no strength")]
    [InlineData("<lora:a <lora:b:1>", "not closed")]
    [InlineData("<hypernet:h:0.3>", "'hypernet' tags are not known")]
    [InlineData("<LORA:a:1>", "'LORA' tags are not known")]
    public void Extract_TagThatMeansNothing_IsTakenOutAndReported(string prompt, string problem)
    {
        var extracted = PromptTags.Extract(prompt);
        extracted.Text.ShouldBe("");
        extracted.Loras.ShouldBeEmpty();
        extracted.Problems.ShouldHaveSingleItem().ShouldContain(problem);
        extracted.Problems[0].ShouldStartWith($"character 1: {prompt}");
    }
}
