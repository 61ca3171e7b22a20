namespace LoraFunctions.Diffusion.Sampling;

/// <summary>In which precision alphas_cumprod is computed before it is kept as float; they differ by at most 5e-7.</summary>
public enum ScheduleRounding
{
    /// <summary>As diffusers and the trainers do: betas and 1 - betas in float.</summary>
    Single,

    /// <summary>As CompVis latent diffusion (and so WebUI) does: everything in double, rounded once.</summary>
    Double,
}
