using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Sampling;

/// <summary>A plan in terms of sigma = sqrt((1 - a) / a).</summary>
public sealed record SigmaPlan : SamplingPlan
{
    /// <summary>sigma before each step and, as one more entry, after the last.</summary>
    public required IReadOnlyList<double> Sigmas { get; init; }

    /// <summary>Latents keep unit variance (diffusers' DPM-Solver++ and UniPC) instead of x0 + sigma noise (Euler and the rest).</summary>
    public required bool VariancePreserving { get; init; }

    /// <summary>Gives the timestep of noise levels between the planned ones.</summary>
    public required NoiseSchedule Schedule { get; init; }

    /// <summary>Timesteps in between are rounded to trained ones.</summary>
    public bool Quantize { get; init; }

    public override SigmaPlan From(int step) => this with { Timesteps = Tail(Timesteps, step), Sigmas = Tail(Sigmas, step) };

    public override Tensor AddNoise(Tensor latents, Tensor noise)
    {
        using var scope = NewDisposeScope();
        if (Steps == 0)
        {
            return latents.clone().MoveToOuterDisposeScope();
        }

        var noisy = latents + Sigmas[0] * noise;
        return (VariancePreserving ? noisy / Math.Sqrt(Sigmas[0] * Sigmas[0] + 1) : noisy).MoveToOuterDisposeScope();
    }

    internal double TimestepOf(double sigma) => Schedule.TimestepOf(sigma, Quantize);
}
