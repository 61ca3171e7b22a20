namespace LoraFunctions.Diffusion.Sampling;

/// <summary>How noise levels lie between the largest and the smallest; WebUI's "schedule type".</summary>
public enum SigmaSpacing
{
    /// <summary>Even in the trained timesteps.</summary>
    Uniform,

    /// <summary>Even in sigma^(1/7) (Karras et al. 2022, eq. 5).</summary>
    Karras,

    /// <summary>Even in log sigma.</summary>
    Exponential,
}
