namespace LoraFunctions.Diffusion.Sampling;

/// <summary>diffusers' noise levels for DPM-Solver++ and UniPC: whole timesteps, the lowest left out, then 0.</summary>
/// <param name="Levels">Other than uniform: laid between the largest and the smallest trained one, timesteps rounded.</param>
/// <param name="EndAtSmallest">End at the smallest trained level instead of 0 (<c>final_sigmas_type: sigma_min</c>).</param>
public sealed record SolverGrid(
    TimestepSpacing Spacing = TimestepSpacing.Linspace,
    int Offset = 0,
    SigmaSpacing Levels = SigmaSpacing.Uniform,
    bool EndAtSmallest = false) : ISigmaGrid
{
    /// <summary>One less than there are trained timesteps: with more, two steps would share a noise level.</summary>
    public int MaximumSteps(NoiseSchedule schedule) => schedule.TrainTimesteps - 1;

    public SigmaPlan Plan(NoiseSchedule schedule, int steps)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(steps, MaximumSteps(schedule));
        double[] timesteps, sigmas;
        if (Levels != SigmaSpacing.Uniform)
        {
            sigmas = SigmaCurves.Between(Levels, steps, schedule.MaximumSigma, schedule.MinimumSigma);
            timesteps = [.. sigmas.Select(s => Math.Round(schedule.TimestepOf(s)))];
        }
        else
        {
            timesteps = Timesteps.WithoutLowest(Spacing, schedule.TrainTimesteps, steps, Offset);
            sigmas = [.. timesteps.Select(t => (double)(float)schedule.LinearSigmaOf(t))];
        }

        return new SigmaPlan
        {
            Timesteps = timesteps,
            Sigmas = [.. sigmas, EndAtSmallest ? schedule.MinimumSigma : 0],
            InitialNoiseScale = 1,
            VariancePreserving = true,
            Schedule = schedule,
        };
    }
}
