namespace LoraFunctions.Diffusion.Sampling;

/// <summary>
/// k-diffusion's noise levels, which WebUI uses: from the largest trained one to the smallest, then 0.
/// Each level's timestep is found by its sigma and may be fractional.
/// </summary>
/// <param name="Quantize">Round timesteps to trained ones.</param>
/// <param name="DiscardNextToLast">
/// Leave out the smallest level above 0, planning one more step in exchange; WebUI does so for DPM2, whose last step would otherwise be
/// wasted.
/// </param>
public sealed record KDiffusionGrid(SigmaSpacing Spacing = SigmaSpacing.Uniform, bool Quantize = false, bool DiscardNextToLast = false)
    : ISigmaGrid
{
    public int MaximumSteps(NoiseSchedule schedule) => schedule.TrainTimesteps;

    public SigmaPlan Plan(NoiseSchedule schedule, int steps)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(steps, MaximumSteps(schedule));
        var count = DiscardNextToLast ? steps + 1 : steps;
        var last = schedule.TrainTimesteps - 1;
        double[] sigmas = Spacing == SigmaSpacing.Uniform
            ? [.. Enumerable.Range(0, count).Select(i => schedule.SigmaOf(count == 1 ? last : last - (double)i * last / (count - 1)))]
            : SigmaCurves.Between(Spacing, count, schedule.MaximumSigma, schedule.MinimumSigma);
        sigmas = sigmas[..steps];
        return new SigmaPlan
        {
            Timesteps = [.. sigmas.Select(s => schedule.TimestepOf(s, Quantize))],
            Sigmas = [.. sigmas, 0],
            InitialNoiseScale = sigmas[0],
            VariancePreserving = false,
            Schedule = schedule,
            Quantize = Quantize,
        };
    }
}
