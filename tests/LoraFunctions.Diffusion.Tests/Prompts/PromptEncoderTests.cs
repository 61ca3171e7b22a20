using LoraFunctions.Diffusion.Prompts;
using LoraFunctions.Diffusion.Tests.Generation;
using Shouldly;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Tests.Prompts;

public sealed class PromptEncoderTests
{
    [Fact]
    public void Encode_PromptOfTwoChunks_JoinsThemOnTheTokenAxis()
    {
        using var scope = NewDisposeScope();
        using var model = new TinyModel();
        var first = new string('a', 75);
        var both = Encode(model, first + " bc");
        var length = model.Tokenizer.MaxLength;
        both.shape.ShouldBe([1, 2 * length, model.TextEncoder.Config.HiddenSize]);
        both[.., ..length].Equals(Encode(model, first)).ShouldBeTrue();
        both[.., length..].Equals(Encode(model, "bc")).ShouldBeTrue();
    }

    [Fact]
    public void Encode_WithClipSkip_TakesAnEarlierLayer()
    {
        using var scope = NewDisposeScope();
        using var model = new TinyModel();
        Encode(model, "a red car", clipSkip: 2).Equals(Encode(model, "a red car")).ShouldBeFalse();
    }

    [Fact]
    public void Encode_Emphasis_MovesTheWordsAndKeepsTheMean()
    {
        using var scope = NewDisposeScope();
        using var model = new TinyModel();
        var (plain, weighed) = (Encode(model, "a red car"), Encode(model, "a (red:1.5) car"));
        weighed.Equals(plain).ShouldBeFalse();
        weighed.mean().item<float>().ShouldBe(plain.mean().item<float>(), tolerance: 1e-6);
        Encode(model, "a (red:1) car").Equals(plain).ShouldBeTrue();
    }

    [Fact]
    public void Encode_Schedule_GivesEachStepItsText()
    {
        using var scope = NewDisposeScope();
        using var model = new TinyModel();
        var prompt = new PromptEncoder(model.TextEncoder, model.Tokenizer).Encode(PromptReading.Read("a [red:blue:0.5] car AND b:0.5"), steps: 4);
        prompt.Select(p => p.Weight).ShouldBe([1, 0.5]);
        for (var step = 1; step <= 4; step++)
        {
            prompt[0].At(step).Equals(Encode(model, step <= 2 ? "a red car" : "a blue car")).ShouldBeTrue($"step {step}");
        }
    }

    [Fact]
    public void Encode_TextsOfDifferentLengthInOneSchedule_AreFilledUp()
    {
        using var scope = NewDisposeScope();
        using var model = new TinyModel();
        var prompt = new PromptEncoder(model.TextEncoder, model.Tokenizer).Encode(PromptReading.Read($"a[{new string('b', 80)}::2]"), steps: 4)[0];
        prompt.At(1).shape.ShouldBe(prompt.At(4).shape);
    }

    private static Tensor Encode(TinyModel model, string prompt, int clipSkip = 1) =>
        new PromptEncoder(model.TextEncoder, model.Tokenizer).Encode(PromptReading.Read(prompt), steps: 4, clipSkip)[0].At(1);
}
