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
    }
}
