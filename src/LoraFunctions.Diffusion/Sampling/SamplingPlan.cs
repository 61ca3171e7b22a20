using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Sampling;

/// <summary>
/// What a run visits: its timesteps and noise levels. Immutable; depends on nothing but the sampler, the schedule and the step count.
/// </summary>
public abstract record SamplingPlan
{
    /// <summary>The timestep of each step's first model call, falling; fractional where the sampler asks for it.</summary>
    public required IReadOnlyList<double> Timesteps { get; init; }

    /// <summary>Standard normal noise times this is where a run from nothing starts.</summary>
    public required double InitialNoiseScale { get; init; }

    /// <summary>May be 0: nothing is left to do.</summary>
    public int Steps => Timesteps.Count;

    /// <summary>The rest of the plan from a step on; image-to-image starts there.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Outside [0, <see cref="Steps"/>].</exception>
    public abstract SamplingPlan From(int step);

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
    public abstract Tensor AddNoise(Tensor latents, Tensor noise);

    private protected IReadOnlyList<T> Tail<T>(IReadOnlyList<T> values, int step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(step, Steps);
        return [.. values.Skip(step)];
    }
}
