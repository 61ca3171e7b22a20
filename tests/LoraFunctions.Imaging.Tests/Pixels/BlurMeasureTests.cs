using LoraFunctions.Imaging.Gate;
using LoraFunctions.Imaging.Pixels;
using Shouldly;
using Xunit;

namespace LoraFunctions.Imaging.Tests.Pixels;

public sealed class BlurMeasureTests
{
    [Theory]
    [InlineData(1.5)]
    [InlineData(2.5)]
    [InlineData(4)]
    [InlineData(6)]
    public void Estimate_GaussianBlur_GivesItsSigma(double sigma) =>
        BlurMeasure.Estimate(GaussianBlur.Apply(Pictures.Scene(768, 512), sigma, sigma)).ShouldBe(sigma, 0.25 * sigma);

    [Fact]
    public void Estimate_SharpPicture_IsBelowOne() => BlurMeasure.Estimate(Pictures.Scene(768, 512)).ShouldBeLessThan(1);

    [Fact]
    public void Estimate_LowContrast_ChangesLittle()
    {
        var faint = GaussianBlur.Apply(Pictures.Scene(768, 512), 3, 3);
        var full = BlurMeasure.Estimate(faint);
        for (var i = 0; i < faint.Pixels.Length; i++)
        {
            faint.Pixels[i] = (byte)(100 + (faint.Pixels[i] / 4));
        }

        BlurMeasure.Estimate(faint).ShouldBe(full, 0.5);
    }

    // Noise makes a Laplacian call anything sharp; here it must not.
    [Theory]
    [InlineData(10)]
    [InlineData(20)]
    public void Estimate_NoiseOverBlur_StaysBlurred(double deviation)
    {
        BlurMeasure.Estimate(Noisy(GaussianBlur.Apply(Pictures.Scene(768, 512), 4, 4), deviation)).ShouldBeGreaterThan(1.15 * GateOptions.DefaultMaxBlur);
        BlurMeasure.Estimate(Noisy(Pictures.Scene(768, 512), deviation)).ShouldBeLessThan(0.75 * GateOptions.DefaultMaxBlur);
    }

    [Fact]
    public void Estimate_SamePictureLarger_MeansTheSame()
    {
        var small = BlurMeasure.Estimate(GaussianBlur.Apply(Pictures.Scene(1536, 1024), 3, 3));
        var large = BlurMeasure.Estimate(GaussianBlur.Apply(Pictures.Scene(3072, 2048), 6, 6));

        large.ShouldBe(small, 0.4);
    }

    [Theory]
    [InlineData(5, 0)]
    [InlineData(0, 5)]
    public void Estimate_MotionInOneDirection_IsSeen(double across, double down) =>
        BlurMeasure.Estimate(GaussianBlur.Apply(Pictures.Scene(768, 512), across, down)).ShouldBeGreaterThan(3);

    [Fact]
    public void Estimate_SharpCarBeforeASoftBackground_CountsAsSharp()
    {
        var picture = GaussianBlur.Apply(Pictures.Scene(768, 512), 8, 8);
        for (var i = 0; i < 8; i++)
        {
            Pictures.Fill(picture, 250 + (30 * i), 180 + (10 * (i % 3)), 20, 150, (byte)(i % 2 * 200), 30, 60);
        }

        BlurMeasure.Estimate(picture).ShouldBeLessThan(1.2);
    }

    [Fact]
    public void Estimate_NoEdges_IsInfinite() => BlurMeasure.Estimate(Pictures.Solid(600, 600, 90, 90, 90)).ShouldBe(double.PositiveInfinity);

    private static RgbImage Noisy(RgbImage image, double deviation)
    {
        var random = new Random(3);
        var result = new RgbImage(image.Width, image.Height);
        for (var i = 0; i < result.Pixels.Length; i++)
        {
            // The sum of four uniform numbers, made as wide as asked for, is near enough to a normal one.
            var normal = (random.NextDouble() + random.NextDouble() + random.NextDouble() + random.NextDouble() - 2) * Math.Sqrt(3);
            result.Pixels[i] = (byte)Math.Clamp(Math.Round(image.Pixels[i] + (deviation * normal)), 0, 255);
        }

        return result;
    }
}
