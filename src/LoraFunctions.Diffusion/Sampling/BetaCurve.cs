namespace LoraFunctions.Diffusion.Sampling;

/// <summary>How the betas of training lie between their first and last value.</summary>
public enum BetaCurve
{
    /// <summary>Linear in the square root; latent diffusion's, called <c>scaled_linear</c>.</summary>
    ScaledLinear,

    /// <summary>Linear in beta; DDPM's.</summary>
    Linear,
}
