using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Models;

/// <summary>What a picture is encoded to: a normal distribution per latent. Its tensors belong to the caller's dispose scope.</summary>
/// <param name="Mean">[B, 4, H/8, W/8], not scaled.</param>
/// <param name="LogVariance">[B, 4, H/8, W/8], within [-30, 20].</param>
public sealed record VaeMoments(Tensor Mean, Tensor LogVariance)
{
    /// <summary>[B, 4, H/8, W/8].</summary>
    public Tensor StandardDeviation()
    {
        using var half = LogVariance.Times(0.5);
        return half.exp();
    }

    /// <summary>mean + standard deviation * noise, not scaled.</summary>
    /// <param name="noise">[B, 4, H/8, W/8] from a standard normal distribution.</param>
    public Tensor Sample(Tensor noise)
    {
        using var deviation = StandardDeviation();
        using var spread = deviation * noise;
        return Mean.Plus(spread);
    }
}
