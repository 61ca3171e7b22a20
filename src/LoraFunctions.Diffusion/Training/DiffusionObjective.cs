using LoraFunctions.Diffusion.Sampling;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Training;

/// <summary>What the base model was trained to do: its noise levels, what it predicts, and the scale of its latents.</summary>
public sealed record DiffusionObjective
{
    /// <summary>Stable Diffusion 1.5's factor from the VAE's latents to the UNet's.</summary>
    public const double DefaultLatentScale = 0.18215;

    public NoiseSchedule Schedule { get; init; } = NoiseSchedule.StableDiffusion;

    /// <summary>The network gives the velocity (Salimans and Ho 2022) instead of the noise.</summary>
    public bool VPrediction { get; init; }

    public double LatentScale { get; init; } = DefaultLatentScale;

    /// <summary>
    /// Loss of each row [B]: mean squared error against the noise (or the velocity), times min(SNR, gamma) / SNR where gamma is given
    /// (for velocity: / (SNR + 1)), times 1 / sqrt(SNR) where the estimation is debiased (for velocity: 1 / (SNR + 1)).
    /// </summary>
    /// <param name="prediction">The network's output [B, 4, h, w].</param>
    /// <param name="latents">Clean, scaled latents, as <paramref name="prediction"/>.</param>
    /// <param name="noise">As <paramref name="prediction"/>.</param>
    /// <param name="timesteps">Integers [B].</param>
    internal Tensor LossPerRow(Tensor prediction, Tensor latents, Tensor noise, Tensor timesteps, double? minSnrGamma = null, bool debiased = false)
    {
        using var scope = NewDisposeScope();
        var target = VPrediction ? Schedule.Velocity(latents, noise, timesteps) : noise;
        var loss = prediction.to(ScalarType.Float32).Plus(target, -1).Squared().mean([1, 2, 3]);
        if (minSnrGamma is not null || debiased)
        {
            var weights = timesteps.to(ScalarType.Int64).cpu().data<long>().ToArray()
                .Select(t => (float)((minSnrGamma is { } gamma ? MinSnrWeight((int)t, gamma) : 1) * (debiased ? DebiasedWeight((int)t) : 1)))
                .ToArray();
            loss = loss * tensor(weights).to(loss.device);
        }

        return loss.MoveToOuterDisposeScope();
    }

    /// <summary>Min-SNR weight of a timestep (arXiv 2303.09556), in double: 1 - alpha is small at the first timesteps.</summary>
    internal double MinSnrWeight(int timestep, double gamma)
    {
        double alpha = Schedule.AlphasCumprod[timestep];
        var snr = alpha / (1 - alpha);
        return Math.Min(snr, gamma) / (VPrediction ? snr + 1 : snr);
    }

    /// <summary>
    /// Debiased estimation (arXiv 2310.08442), as sd-scripts has it: the noisiest timesteps, which decide silhouette and layout, weigh most.
    /// </summary>
    internal double DebiasedWeight(int timestep)
    {
        double alpha = Schedule.AlphasCumprod[timestep];
        var snr = Math.Min(alpha / (1 - alpha), 1000);
        return VPrediction ? 1 / (snr + 1) : 1 / Math.Sqrt(snr);
    }
}
