namespace LoraFunctions.Diffusion.Models;

/// <summary>What a UNet was trained to predict.</summary>
public enum PredictionType
{
    /// <summary>The noise.</summary>
    Epsilon,

    /// <summary>alpha * noise - sigma * sample (Salimans and Ho 2022).</summary>
    VPrediction,
}
