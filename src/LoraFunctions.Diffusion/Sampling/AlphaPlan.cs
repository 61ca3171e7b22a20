using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Sampling;

/// <summary>A plan in terms of a = alphas_cumprod; latents keep unit variance (DDIM, PNDM, DDPM, LCM).</summary>
public sealed record AlphaPlan : SamplingPlan
{
    /// <summary>a before each step.</summary>
    public required IReadOnlyList<double> Alphas { get; init; }

    /// <summary>a after each step.</summary>
    public required IReadOnlyList<double> NextAlphas { get; init; }

    public override AlphaPlan From(int step) => this with
    {
        Timesteps = Tail(Timesteps, step),
        Alphas = Tail(Alphas, step),
        NextAlphas = Tail(NextAlphas, step),
    };

    public override Tensor AddNoise(Tensor latents, Tensor noise)
    {
        using var scope = NewDisposeScope();
        return Steps == 0
            ? latents.clone().MoveToOuterDisposeScope()
            : (Math.Sqrt(Alphas[0]) * latents + Math.Sqrt(1 - Alphas[0]) * noise).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Timesteps t with t - stride after each; what lies below 0 has <paramref name="finalAlpha"/>, what lies above the last is the last.
    /// </summary>
    internal static AlphaPlan Create(NoiseSchedule schedule, IReadOnlyList<double> timesteps, int stride, double finalAlpha)
    {
        var last = schedule.TrainTimesteps - 1;
        var alphas = schedule.AlphasCumprod.ToArray();
        double AlphaOf(double t) => t < 0 ? finalAlpha : alphas[(int)Math.Min(t, last)];
        return new AlphaPlan
        {
            Timesteps = [.. timesteps.Select(t => Math.Min(t, last))],
            InitialNoiseScale = 1,
            Alphas = [.. timesteps.Select(AlphaOf)],
            NextAlphas = [.. timesteps.Select(t => AlphaOf(t - stride))],
        };
    }
}
