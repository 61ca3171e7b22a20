using LoraFunctions.Diffusion.Lora;

namespace LoraFunctions.Diffusion.WeightTools;

/// <summary>The rank a LoRA is brought to.</summary>
public sealed record LoraResizeOptions
{
    public const int HighestRank = 1024;

    /// <summary>Of linear layers and 1x1 convolutions; the most a module gets where <see cref="Rule"/> chooses.</summary>
    public required int Rank { get; init; }

    /// <summary>The same for convolutions with a larger kernel; null: <see cref="Rank"/>.</summary>
    public int? ConvolutionRank { get; init; }

    public LoraRankRule Rule { get; init; } = LoraRankRule.Fixed;

    /// <summary>What <see cref="Rule"/> aims at: more than 1 for the ratio, 0 to 1 for the shares. Not used with <see cref="LoraRankRule.Fixed"/>.</summary>
    public double Target { get; init; }

    /// <summary>Everything that is out of range; empty when all is well.</summary>
    public IReadOnlyList<string> Problems()
    {
        var problems = new List<string>();
        if (Rank is < 1 or > HighestRank)
        {
            problems.Add($"The rank is {Rank}; it must be 1 to {HighestRank}.");
        }

        if (ConvolutionRank is < 1 or > HighestRank)
        {
            problems.Add($"The rank of convolutions is {ConvolutionRank}; it must be 1 to {HighestRank}.");
        }

        if (Rule == LoraRankRule.SingularValueRatio && !(Target > 1 && double.IsFinite(Target)))
        {
            problems.Add(FormattableString.Invariant($"The target of sv_ratio is {Target}; it must be more than 1, such as 10."));
        }

        if (Rule is LoraRankRule.SingularValueFrobenius or LoraRankRule.SingularValueCumulative && !(Target is > 0 and <= 1))
        {
            var name = Rule == LoraRankRule.SingularValueFrobenius ? "sv_fro" : "sv_cumulative";
            problems.Add(FormattableString.Invariant($"The target of {name} is {Target}; it must be more than 0, up to 1, such as 0.9."));
        }

        return problems;
    }
}

/// <summary>How many singular values of a module's update are kept. All but <see cref="Fixed"/> choose for every module by itself.</summary>
public enum LoraRankRule
{
    /// <summary>As many as the rank says.</summary>
    Fixed,

    /// <summary><c>sv_ratio</c>: those larger than the largest divided by the target (more than 1), and one.</summary>
    SingularValueRatio,

    /// <summary><c>sv_fro</c>: until the Frobenius norm of what is kept is the target's share (0 to 1) of the whole, and one.</summary>
    SingularValueFrobenius,

    /// <summary><c>sv_cumulative</c>: until the sum of what is kept is the target's share (0 to 1) of the whole, and one.</summary>
    SingularValueCumulative,
}

/// <summary>A resized LoRA in fp32 and what was kept of it. Disposing it disposes the weights.</summary>
public sealed record LoraResizeResult(LoraWeights Weights, IReadOnlyList<LoraResizedModule> Modules) : IDisposable
{
    public void Dispose() => Weights.Dispose();
}

/// <summary>What became of one module.</summary>
/// <param name="FrobeniusKept">Frobenius norm of the new update as a share of the old one's; 1 for an update of nothing but zeros.</param>
/// <param name="SumKept">Sum of the kept singular values as a share of all.</param>
public sealed record LoraResizedModule(LoraLayerName Layer, long OldRank, long Rank, double Alpha, double FrobeniusKept, double SumKept);
