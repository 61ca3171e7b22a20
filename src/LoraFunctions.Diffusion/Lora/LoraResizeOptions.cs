namespace LoraFunctions.Diffusion.Lora;

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
