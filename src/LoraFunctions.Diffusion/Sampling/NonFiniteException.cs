namespace LoraFunctions.Diffusion.Sampling;

/// <summary>Numbers became NaN or infinite: no picture can come of them.</summary>
public sealed class NonFiniteException(string what) : Exception(
    $"{what} NaN or infinite values, so no picture can be made. Usual causes: a LoRA at too high a strength, a damaged checkpoint or LoRA, "
    + "or half-precision arithmetic that overflowed. Lower the LoRA strength, or check the files.");
