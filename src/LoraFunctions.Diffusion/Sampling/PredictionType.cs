namespace LoraFunctions.Diffusion.Sampling;

/// <summary>What the network was trained to give.</summary>
public enum PredictionType
{
    /// <summary>The noise (Ho et al. 2020); Stable Diffusion 1.5.</summary>
    Epsilon,

    /// <summary>v = sqrt(a) noise - sqrt(1 - a) x0 (Salimans and Ho 2022).</summary>
    Velocity,
}
