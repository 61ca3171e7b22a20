using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Sampling;

/// <summary>
/// What a run visits, in terms of sigma: latents are x0 + sigma noise, and the network sees them divided by sqrt(sigma^2 + 1), which is
/// what samplers written in alphas_cumprod (DDIM and its kin) call their latents. Immutable.
/// </summary>
internal sealed record SamplingPlan
{
    private const double KarrasRho = 7;

    /// <summary>The timestep of each step's first model call, falling; fractional on k-diffusion's levels.</summary>
    public required IReadOnlyList<double> Timesteps { get; init; }

    /// <summary>sigma before each step and, as one more entry, after the last.</summary>
    public required IReadOnlyList<double> Sigmas { get; init; }

    /// <summary>Standard normal noise times this is where a run from nothing starts.</summary>
    public required double InitialNoiseScale { get; init; }

    /// <summary>Gives the timestep of noise levels between the planned ones.</summary>
    public required NoiseSchedule Schedule { get; init; }

    /// <summary>May be 0: nothing is left to do.</summary>
    public int Steps => Timesteps.Count;

    /// <summary>
    /// k-diffusion's noise levels, which WebUI uses: from the largest trained one to the smallest, then 0. Each level's timestep is found
    /// by its sigma.
    /// </summary>
    /// <param name="discardNextToLast">
    /// Leave out the smallest level above 0, planning one more step in exchange; WebUI does so for DPM2, whose last step would otherwise be
    /// wasted.
    /// </param>
    public static SamplingPlan KDiffusion(NoiseSchedule schedule, int steps, SigmaSpacing spacing, bool discardNextToLast = false)
    {
        var count = discardNextToLast ? steps + 1 : steps;
        var last = schedule.TrainTimesteps - 1;
        double[] sigmas = spacing == SigmaSpacing.Uniform
            ? [.. Enumerable.Range(0, count).Select(i => schedule.SigmaOf(count == 1 ? last : last - (double)i * last / (count - 1)))]
            : Between(spacing, count, schedule.Sigmas[^1], schedule.Sigmas[0]);
        sigmas = sigmas[..steps];
        return new SamplingPlan
        {
            Timesteps = [.. sigmas.Select(schedule.TimestepOf)],
            Sigmas = [.. sigmas, 0],
            InitialNoiseScale = sigmas[0],
            Schedule = schedule,
        };
    }

    /// <summary>Whole timesteps, which a network sees with noise of unit variance to begin with (diffusers).</summary>
    /// <param name="timesteps">Falling; those above the last trained one are taken for it.</param>
    public static SamplingPlan AtTimesteps(NoiseSchedule schedule, IEnumerable<double> timesteps, double finalSigma)
    {
        double[] visited = [.. timesteps.Select(t => Math.Min(t, schedule.TrainTimesteps - 1))];
        double[] sigmas = [.. visited.Select(t => (double)schedule.Sigmas[(int)t])];
        return new SamplingPlan
        {
            Timesteps = visited,
            Sigmas = [.. sigmas, finalSigma],
            InitialNoiseScale = Math.Sqrt(sigmas[0] * sigmas[0] + 1),
            Schedule = schedule,
        };
    }

    /// <summary>Falling noise levels between two given ones, both included, rounded to float as the references keep them.</summary>
    public static double[] Between(SigmaSpacing spacing, int count, double largest, double smallest)
    {
        return [.. Enumerable.Range(0, count).Select(i => (double)(float)At(count == 1 ? 0 : (double)i / (count - 1)))];

        double At(double share) => spacing switch
        {
            SigmaSpacing.Karras => Math.Pow(Mix(Math.Pow(largest, 1 / KarrasRho), Math.Pow(smallest, 1 / KarrasRho), share), KarrasRho),
            SigmaSpacing.Exponential => Math.Exp(Mix(Math.Log(largest), Math.Log(smallest), share)),
            _ => throw new ArgumentOutOfRangeException(nameof(spacing), spacing, "This spacing is not given by its ends alone."),
        };

        static double Mix(double from, double to, double share) => from + share * (to - from);
    }

    /// <summary>The rest of the plan from a step on; image-to-image starts there.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Outside [0, <see cref="Steps"/>].</exception>
    public SamplingPlan From(int step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(step, Steps);
        return this with { Timesteps = [.. Timesteps.Skip(step)], Sigmas = [.. Sigmas.Skip(step)] };
    }

    /// <summary>
    /// The part of the plan that image-to-image runs: the last int(steps * strength) steps; 0 none of it, 1 all of it (diffusers).
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Outside [0, 1].</exception>
    public SamplingPlan ForStrength(double strength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(strength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(strength, 1);
        return From(Steps - (int)(Steps * strength));
    }

    /// <summary>Clean latents [B, 4, H/8, W/8] brought to the noise level of the first step; unchanged when no step is left.</summary>
    public Tensor AddNoise(Tensor latents, Tensor noise)
    {
        using var scope = NewDisposeScope();
        return (Steps == 0 ? latents.clone() : latents.Plus(noise.Times(Sigmas[0]))).MoveToOuterDisposeScope();
    }
}

/// <summary>How noise levels lie between the largest and the smallest; WebUI's "schedule type".</summary>
internal enum SigmaSpacing
{
    /// <summary>Even in the trained timesteps.</summary>
    Uniform,

    /// <summary>Even in sigma^(1/7) (Karras et al. 2022, eq. 5).</summary>
    Karras,

    /// <summary>Even in log sigma.</summary>
    Exponential,
}
