using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Training;

/// <summary>
/// A picture as the VAE's encoder sees it, before sampling and scaling: mean and log variance, [4, H/8, W/8] in fp32 on the CPU. Kept
/// instead of one sample, so that every step draws its own.
/// </summary>
public sealed record LatentDistribution(Tensor Mean, Tensor LogVariance)
{
    public (long Height, long Width) Size => (Mean.shape[^2], Mean.shape[^1]);

    /// <summary>mean + exp(logvar / 2) * noise, logvar clamped as in CompVis' code.</summary>
    internal Tensor Sample(Tensor noise) => Mean + (LogVariance.clamp(-30, 20) * 0.5).exp_().mul_(noise);
}
