using LoraFunctions.Diffusion.Sampling;

namespace LoraFunctions.Conformance;

/// <summary>Which of the trained timesteps a run visits; table 2 of Lin et al. 2023, names as diffusers'.</summary>
internal enum TimestepSpacing
{
    /// <summary>Multiples of floor(trained / steps), plus an offset.</summary>
    Leading,

    /// <summary>Evenly from the last to the first, both included.</summary>
    Linspace,

    /// <summary>Evenly from the last, the first left out: 999, 949 ... 49.</summary>
    Trailing,
}

/// <summary>The noise levels that diffusers' schedulers plan by settings the product does not offer. Rounding goes to even, as NumPy's.</summary>
internal sealed record DiffusersPlans(
    NoiseSchedule Schedule, int Steps, TimestepSpacing Spacing, int Offset = 0, SigmaSpacing Levels = SigmaSpacing.Uniform)
{
    private int Trained => Schedule.TrainTimesteps;

    /// <summary>DDIM, PNDM and DDPM: whole timesteps whose noise level after a step is that of the next.</summary>
    public SamplingPlan Leading(double finalSigma) => Spacing == TimestepSpacing.Leading
        ? SamplingPlan.AtTimesteps(Schedule, Visited(Steps, round: true), finalSigma)
        : throw new NotSupportedException($"timestep_spacing {Spacing} of a sampler on whole timesteps");

    /// <summary>Euler, Heun and LMS: linear in sigma between trained levels, then 0; other than uniform, the ends stay.</summary>
    public SamplingPlan Interpolated()
    {
        var timesteps = Visited(Steps, round: false);
        double[] sigmas = [.. timesteps.Select(t => (double)(float)LinearSigmaOf(t))];
        if (Levels != SigmaSpacing.Uniform)
        {
            sigmas = SamplingPlan.Between(Levels, Steps, sigmas[0], sigmas[^1]);
            timesteps = [.. sigmas.Select(Schedule.TimestepOf)];
        }

        return new SamplingPlan
        {
            Timesteps = [.. timesteps.Select(t => Math.Min(t, Trained - 1))],
            Sigmas = [.. sigmas, 0],
            InitialNoiseScale = Spacing == TimestepSpacing.Leading ? Math.Sqrt(sigmas[0] * sigmas[0] + 1) : sigmas[0],
            Schedule = Schedule,
        };
    }

    /// <summary>DPM-Solver++ and UniPC: whole timesteps, the lowest left out, then 0; other than uniform, between the trained ends.</summary>
    public SamplingPlan Solver()
    {
        if (Levels == SigmaSpacing.Uniform)
        {
            var visited = Spacing == TimestepSpacing.Trailing ? Visited(Steps, round: true) : Visited(Steps + 1, round: true)[..Steps];
            return SamplingPlan.AtTimesteps(Schedule, visited, finalSigma: 0);
        }

        var sigmas = SamplingPlan.Between(Levels, Steps, Schedule.Sigmas[^1], Schedule.Sigmas[0]);
        return new SamplingPlan
        {
            Timesteps = [.. sigmas.Select(s => Math.Round(Schedule.TimestepOf(s)))],
            Sigmas = [.. sigmas, 0],
            InitialNoiseScale = Math.Sqrt(sigmas[0] * sigmas[0] + 1),
            Schedule = Schedule,
        };
    }

    private double[] Visited(int count, bool round) => Spacing switch
    {
        TimestepSpacing.Leading => [.. Enumerable.Range(0, count).Reverse().Select(i => (double)i * (Trained / count) + Offset)],
        TimestepSpacing.Linspace => [.. Enumerable.Range(0, count).Reverse().Select(i => Linear(i, count)).Select(t => round ? Math.Round(t) : t)],
        TimestepSpacing.Trailing => [.. Enumerable.Range(0, count).Select(i => Math.Round(Trained - i * ((double)Trained / count)) - 1)],
        _ => throw new NotSupportedException(Spacing.ToString()),
    };

    private double Linear(int index, int count) =>
        count == 1 ? 0 : index == count - 1 ? Trained - 1 : index * ((Trained - 1.0) / (count - 1));

    private double LinearSigmaOf(double timestep)
    {
        var clamped = Math.Clamp(timestep, 0, Trained - 1);
        var low = (int)Math.Floor(clamped);
        var weight = clamped - low;
        return (1 - weight) * Schedule.Sigmas[low] + weight * Schedule.Sigmas[Math.Min(low + 1, Trained - 1)];
    }
}
