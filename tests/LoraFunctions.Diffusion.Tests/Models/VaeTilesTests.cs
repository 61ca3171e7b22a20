using LoraFunctions.Diffusion.Models;
using LoraFunctions.Diffusion.Tests.Checkpoints;
using Shouldly;
using Xunit;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Tests.Models;

public sealed class VaeTilesTests
{
    [Theory]
    [InlineData(64, 64, 16, 8)]
    [InlineData(72, 64, 16, 8)]
    [InlineData(200, 64, 16, 8)]
    [InlineData(131, 32, 8, 1)]
    [InlineData(20, 64, 16, 1)]
    public void Spans_AnyLength_CoverItWithTheOverlapAndOnTheGrid(long total, long size, long overlap, long unit)
    {
        var spans = VaeTiles.Spans(total, size, overlap, unit).ToList();
        spans[0].Start.ShouldBe(0);
        (spans[^1].Start + spans[^1].Length).ShouldBe(total);
        foreach (var (left, right) in spans.Zip(spans.Skip(1)))
        {
            (left.Start + left.Length - right.Start).ShouldBeGreaterThanOrEqualTo(overlap);
            (right.Start % unit).ShouldBe(0);
        }
    }

    [Fact]
    public void Map_StepThatLooksAtOnePixel_GivesWhatTheWholePictureWould()
    {
        using var scope = NewDisposeScope();
        var image = Numbers.Normal(2, 3, 50, 41);
        var doubled = VaeTiles.Map(
            image, tile => tile.repeat_interleave(2, 2).repeat_interleave(2, 3).Times(3), size: 16, overlap: 4, pixelsIn: 1, pixelsOut: 2);
        var expected = image.repeat_interleave(2, 2).repeat_interleave(2, 3).Times(3);
        (doubled - expected).abs().max().item<float>().ShouldBeLessThan(1e-5f);
    }

    [Fact]
    public void Decode_BelowTheLimitAndInOneTile_IsExact()
    {
        using var grad = no_grad();
        using var scope = NewDisposeScope();
        using var vae = new AutoencoderKL(TinyCheckpoint.Vae, ParameterSource.Random(2));
        var latents = Numbers.Normal(1, 4, 12, 10);
        vae.TileAbove = 0;
        var whole = vae.Decode(latents);
        vae.TileAbove = 96;
        vae.Decode(latents).equal(whole).all().item<bool>().ShouldBeTrue();
    }

    [Fact]
    public void DecodeAndEncode_AboveTheLimit_HaveTheSizeAndStayNearTheWhole()
    {
        using var grad = no_grad();
        using var scope = NewDisposeScope();
        using var vae = new AutoencoderKL(TinyCheckpoint.Vae, ParameterSource.Random(2));
        var (latents, pixels) = (Numbers.Normal(1, 4, 24, 18), Numbers.Normal(1, 3, 192, 144));
        vae.TileAbove = 0;
        var (decoded, mean) = (vae.Decode(latents), vae.Encode(pixels).Mean);
        vae.TileAbove = 128;
        vae.TileSize = 128;
        var (tiled, tiledMean) = (vae.Decode(latents), vae.Encode(pixels).Mean);

        // Group norms see one tile at a time, so near is all that can be asked of random weights.
        tiled.shape.ShouldBe(decoded.shape);
        tiledMean.shape.ShouldBe(mean.shape);
        Relative(tiled, decoded).ShouldBeInRange(1e-6, 0.35);
        Relative(tiledMean, mean).ShouldBeInRange(1e-6, 0.35);

        static double Relative(Tensor left, Tensor right) => ((left - right).norm() / right.norm()).item<float>();
    }
}
