namespace LoraFunctions.Diffusion.Sampling;

/// <summary>The latents became NaN or infinite: no picture can come of them.</summary>
public sealed class NonFiniteLatentsException(int step, int steps) : Exception(
    $"The latents hold NaN or infinite values after step {step} of {steps}, so no picture can be made. Usual causes: a LoRA at too high a "
    + "strength, a damaged checkpoint or LoRA, or half-precision arithmetic that overflowed. Lower the LoRA strength, or check the files.")
{
    /// <summary>From 1.</summary>
    public int Step { get; } = step;
}
