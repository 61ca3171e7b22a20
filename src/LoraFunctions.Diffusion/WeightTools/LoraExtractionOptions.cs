using LoraFunctions.Diffusion.Lora;

namespace LoraFunctions.Diffusion.WeightTools;

/// <summary>What is extracted of the difference of two models.</summary>
public sealed record LoraExtractionOptions
{
    public const int DefaultRank = 8;
    public const double DefaultMinTextDifference = 0.01;

    /// <summary>Of linear layers and 1x1 convolutions.</summary>
    public int Rank { get; init; } = DefaultRank;

    /// <summary>Of convolutions with a larger kernel; null: they are left out, with the layers of ResNet blocks.</summary>
    public int? ConvolutionRank { get; init; }

    /// <summary>The text encoder is left out when no weight of its layers differs by more than this.</summary>
    public double MinTextDifference { get; init; } = DefaultMinTextDifference;

    /// <summary>
    /// Cuts weights of up and down to plus and minus this quantile of them, as sd-scripts does with 0.99. Null (default): nothing is
    /// cut, which is the closest LoRA of this rank.
    /// </summary>
    public double? ClampQuantile { get; init; }

    /// <summary>Everything that is out of range; empty when all is well.</summary>
    public IReadOnlyList<string> Problems()
    {
        var problems = new List<string>();
        if (Rank is < 1 or > LoraResizeOptions.HighestRank)
        {
            problems.Add($"The rank is {Rank}; it must be 1 to {LoraResizeOptions.HighestRank}.");
        }

        if (ConvolutionRank is < 1 or > LoraResizeOptions.HighestRank)
        {
            problems.Add($"The rank of convolutions is {ConvolutionRank}; it must be 1 to {LoraResizeOptions.HighestRank}.");
        }

        if (!(MinTextDifference >= 0))
        {
            problems.Add(FormattableString.Invariant($"The least difference is {MinTextDifference}; it must be 0 or more."));
        }

        if (ClampQuantile is { } quantile && !(quantile is > 0 and <= 1))
        {
            problems.Add(FormattableString.Invariant($"The quantile is {quantile}; it must be more than 0, up to 1, such as 0.99."));
        }

        return problems;
    }
}

/// <summary>An extracted LoRA in fp32 and how good it is. Disposing it disposes the weights.</summary>
/// <param name="FrobeniusKept">Frobenius norm of the LoRA's updates as a share of the difference of the layers it is for, before anything is clamped.</param>
/// <param name="EqualLayers">Layers that are the same in both models; the LoRA has no module for them.</param>
/// <param name="LargestTextDifference">Largest difference of a weight of the text encoder's layers.</param>
/// <param name="IsTextEncoderLeftOut">Whether that was too little.</param>
/// <param name="NotHeld">Parameters of UNet and text encoder that differ and that this LoRA cannot hold: norms, biases, embeddings, layers that were not asked for.</param>
public sealed record LoraExtractionResult(
    LoraWeights Weights,
    double FrobeniusKept,
    int EqualLayers,
    double LargestTextDifference,
    bool IsTextEncoderLeftOut,
    IReadOnlyList<string> NotHeld) : IDisposable
{
    public void Dispose() => Weights.Dispose();
}
