namespace LoraFunctions.Diffusion.Models;

/// <summary>What a parameter is for: decides its memory layout and its random start.</summary>
public enum ParameterKind
{
    LinearWeight,

    ConvolutionWeight,

    NormWeight,

    /// <summary>Of any layer, norms included.</summary>
    Bias,

    Embedding,
}
