using LoraFunctions.Diffusion.Prompts;
using LoraFunctions.Diffusion.Tests.Generation;
using Shouldly;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Tests.Prompts;

public sealed class PromptEncoderTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(75, 1)]
    [InlineData(76, 2)]
    [InlineData(150, 2)]
    [InlineData(151, 3)]
    public void Rows_OfAnyLength_HoldSeventyFiveTokensBetweenTheirMarks(int tokens, int expected)
    {
        int[] ids = [.. Enumerable.Range(1000, tokens)];
        var rows = PromptEncoder.Rows(ids, start: 1, end: 2, pad: 3, length: 77);
        rows.Count.ShouldBe(expected);
        rows.ShouldAllBe(row => row.Length == 77 && row[0] == 1);
        rows.SelectMany(row => row.Where(id => id >= 1000)).ShouldBe(ids.Select(id => (long)id));
        for (var i = 0; i < rows.Count; i++)
        {
            var count = Math.Min(75, tokens - 75 * i);
            rows[i][count + 1].ShouldBe(2);
            rows[i].Skip(count + 2).ShouldAllBe(id => id == 3);
        }
    }

    [Fact]
    public void Encode_PromptOfTwoChunks_JoinsThemOnTheTokenAxis()
    {
        using var scope = NewDisposeScope();
        using var model = new TinyModel();
        var encoder = new PromptEncoder(model.TextEncoder, model.Tokenizer);
        var first = new string('a', 75);
        var both = encoder.Encode(first + " bc");
        var length = model.Tokenizer.MaxLength;
        both.shape.ShouldBe([1, 2 * length, model.TextEncoder.Config.HiddenSize]);
        both[.., ..length].Equals(encoder.Encode(first)).ShouldBeTrue();
        both[.., length..].Equals(encoder.Encode("bc")).ShouldBeTrue();
    }

    [Fact]
    public void Encode_WithClipSkip_TakesAnEarlierLayer()
    {
        using var scope = NewDisposeScope();
        using var model = new TinyModel();
        var encoder = new PromptEncoder(model.TextEncoder, model.Tokenizer);
        encoder.Encode("a red car", 2).Equals(encoder.Encode("a red car")).ShouldBeFalse();
    }
}
