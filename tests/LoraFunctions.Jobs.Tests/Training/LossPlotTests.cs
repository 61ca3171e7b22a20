using LoraFunctions.Imaging.Codecs;
using LoraFunctions.Jobs.Training.Log;
using Shouldly;
using Xunit;

namespace LoraFunctions.Jobs.Tests.Training;

public sealed class LossPlotTests
{
    [Fact]
    public void Draw_FallingLoss_DrawsTheLineFromUpperLeftToLowerRight()
    {
        var image = LossPlot.Draw(
            "tesla_lora",
            [.. Enumerable.Range(1, 200).Select(i => (i, 0.05 + (0.2 * Math.Exp(-i / 60.0)) + (0.02 * Math.Sin(i * 7))))]);
        if (Environment.GetEnvironmentVariable("LORA_KEEP_PICTURES") is { } folder)
        {
            File.WriteAllBytes(Path.Combine(folder, "loss.png"), ImageCodec.EncodePng(image));
        }

        var line = Enumerable
            .Range(0, image.Width * image.Height)
            .Where(i => image.Pixels.AsSpan(i * 3, 3).SequenceEqual(new byte[] { 20, 90, 170 }))
            .ToArray();
        line.ShouldNotBeEmpty();
        var leftmost = line.MinBy(i => i % image.Width);
        var rightmost = line.MaxBy(i => i % image.Width);
        (leftmost / image.Width).ShouldBeLessThan(rightmost / image.Width);
        (rightmost % image.Width).ShouldBeGreaterThan(image.Width * 9 / 10);
    }

    [Fact]
    public void Draw_Validation_IsASecondLine()
    {
        var image = LossPlot.Draw(
            "x",
            [.. Enumerable.Range(1, 100).Select(i => (i, 1.0 / i))],
            [(25, 0.3), (50, 0.25), (75, 0.3), (100, 0.4)]);

        Enumerable
            .Range(0, image.Width * image.Height)
            .Count(i => image.Pixels.AsSpan(i * 3, 3).SequenceEqual(new byte[] { 200, 90, 20 }))
            .ShouldBeGreaterThan(100);
    }

    [Fact]
    public void Draw_ASingleValidation_IsSeen()
    {
        var image = LossPlot.Draw("x", [(1, 1.0), (2, 0.5)], [(2, 0.7)]);

        // Of the words in the legend no pixel is far below them.
        Enumerable
            .Range(image.Width * 100, image.Width * (image.Height - 100))
            .Count(i => image.Pixels.AsSpan(i * 3, 3).SequenceEqual(new byte[] { 200, 90, 20 }))
            .ShouldBeGreaterThan(5);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Draw_FewSteps_StillDraws(int count) =>
        LossPlot.Draw("short", [.. Enumerable.Range(1, count).Select(i => (i, 0.0))]).Pixels.ShouldContain((byte)40);

    [Theory]
    [InlineData(0.03, 0.05)]
    [InlineData(0.05, 0.05)]
    [InlineData(1, 1)]
    [InlineData(33, 50)]
    public void NiceStep_AnyNumber_IsOneTwoOrFive(double least, double expected) => LossPlot.NiceStep(least).ShouldBe(expected, 1e-12);

    [Fact]
    public void MovingMeans_Constant_StaysConstant() =>
        LossPlot.MovingMeans([.. Enumerable.Range(1, 100).Select(i => (i, 2.0))]).ShouldAllBe(m => m.Loss == 2.0);
}
