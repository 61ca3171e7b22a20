using LoraFunctions.Diffusion.Lora;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.WeightTools;

/// <summary>How much one module changes its layer, scale included.</summary>
/// <param name="Frobenius">Root of the sum of squares of the update scale * up @ down.</param>
/// <param name="Largest">Its largest singular value: the most it lengthens an input by.</param>
/// <param name="EffectiveRank">Singular values that hold <see cref="EffectiveShare"/> of the Frobenius norm; far below the rank, a smaller LoRA would do.</param>
public sealed record LoraModuleNorms(LoraLayerName Layer, long Rank, double Alpha, double Frobenius, double Largest, int EffectiveRank)
{
    public const double EffectiveShare = 0.99;

    /// <summary>Of every module, in their order.</summary>
    public static IReadOnlyList<LoraModuleNorms> Of(LoraWeights weights)
    {
        using var noGrad = no_grad();
        return [.. weights.Modules.Select(Of)];
    }

    private static LoraModuleNorms Of(LoraModule module)
    {
        using var scope = NewDisposeScope();
        var (_, s, _) = ModuleMatrices.Of(module).Svd();
        double[] values = [.. s.data<double>().ToArray().Select(v => v * Math.Abs(module.Scale))];
        var whole = values.Sum(v => v * v);
        var (effective, sum) = (0, 0.0);
        while (effective < values.Length && sum < whole * EffectiveShare * EffectiveShare)
        {
            sum += values[effective] * values[effective];
            effective++;
        }

        return new LoraModuleNorms(module.Layer, module.Rank, module.Alpha, Math.Sqrt(whole), values[0], effective);
    }
}
