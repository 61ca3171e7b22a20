namespace LoraFunctions.Diffusion.Sampling;

/// <summary>Which of the trained timesteps a run visits; table 2 of Lin et al. 2023, names as diffusers'.</summary>
public enum TimestepSpacing
{
    /// <summary>
    /// Multiples of floor(trained / steps), plus an offset; Stable Diffusion 1.5's own, with offset 1: 951, 901 ... 1. A run of one step
    /// has only the offset to visit.
    /// </summary>
    Leading,

    /// <summary>Evenly from the last to the first, both included.</summary>
    Linspace,

    /// <summary>Evenly from the last, the first left out: 999, 949 ... 49.</summary>
    Trailing,
}
