using LoraFunctions.Diffusion.Sampling;
using Shouldly;
using Xunit;

namespace LoraFunctions.Diffusion.Tests.Sampling;

public sealed class NoiseScheduleTests
{
    [Fact]
    public void TimestepOf_TheSigmaOfATimestep_IsThatTimestep()
    {
        var schedule = NoiseSchedule.StableDiffusion;
        foreach (var t in new[] { 0, 0.25, 1, 17.5, 500, 998.9, 999 })
        {
            schedule.TimestepOf(schedule.SigmaOf(t)).ShouldBe(t, 1e-3);
        }
    }

    [Theory]
    [InlineData(1e-6, 0)]
    [InlineData(0, 0)]
    [InlineData(1e6, 999)]
    public void TimestepOf_BeyondTheTrainedLevels_StaysInside(double sigma, double expected)
    {
        NoiseSchedule.StableDiffusion.TimestepOf(sigma).ShouldBe(expected);
        NoiseSchedule.StableDiffusion.TimestepOf(sigma, quantize: true).ShouldBe(expected);
    }

    [Fact]
    public void TimestepOf_Quantized_IsTheNearestTrainedOne()
    {
        var schedule = NoiseSchedule.StableDiffusion;
        schedule.TimestepOf(schedule.SigmaOf(411.4), quantize: true).ShouldBe(411);
        schedule.TimestepOf(schedule.SigmaOf(411.6), quantize: true).ShouldBe(412);
    }

    [Theory]
    [InlineData(1, 0.00085, 0.012)]
    [InlineData(1000, 0, 0.012)]
    [InlineData(1000, 0.02, 0.012)]
    [InlineData(1000, 0.00085, 1)]
    public void Create_WithImpossibleBetas_Throws(int steps, double start, double end) =>
        Should.Throw<ArgumentOutOfRangeException>(() => NoiseSchedule.Create(steps, start, end));
}
