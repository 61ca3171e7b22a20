namespace LoraFunctions.Diffusion.Sampling;

/// <summary>
/// diffusers' noise levels for Euler, Heun and LMS: those of chosen timesteps, linear in sigma between trained ones, then 0.
/// </summary>
/// <param name="Levels">Other than uniform: the largest and the smallest level stay, the others are laid anew between them.</param>
/// <param name="EndAtSmallest">End at the smallest trained level instead of 0 (<c>final_sigmas_type: sigma_min</c>).</param>
public sealed record TimestepGrid(
    TimestepSpacing Spacing = TimestepSpacing.Linspace,
    int Offset = 0,
    SigmaSpacing Levels = SigmaSpacing.Uniform,
    bool EndAtSmallest = false) : ISigmaGrid
{
    public int MaximumSteps(NoiseSchedule schedule) => schedule.TrainTimesteps;

    public SigmaPlan Plan(NoiseSchedule schedule, int steps)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(steps, MaximumSteps(schedule));
        var timesteps = Timesteps.Of(Spacing, schedule.TrainTimesteps, steps, Offset, round: false);
        double[] sigmas = [.. timesteps.Select(t => (double)(float)schedule.LinearSigmaOf(t))];
        if (Levels != SigmaSpacing.Uniform)
        {
            sigmas = SigmaCurves.Between(Levels, steps, sigmas[0], sigmas[^1]);
            timesteps = [.. sigmas.Select(s => schedule.TimestepOf(s))];
        }

        return new SigmaPlan
        {
            Timesteps = [.. timesteps.Select(t => Math.Min(t, schedule.TrainTimesteps - 1))],
            Sigmas = [.. sigmas, EndAtSmallest ? schedule.MinimumSigma : 0],
            InitialNoiseScale = Spacing == TimestepSpacing.Leading ? Math.Sqrt(sigmas[0] * sigmas[0] + 1) : sigmas[0],
            VariancePreserving = false,
            Schedule = schedule,
        };
    }
}
