using System.Globalization;
using LoraFunctions.Diffusion.Lora;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.WeightTools;

/// <summary>
/// Brings a LoRA to another rank by the singular values of its updates: the closest LoRA of that rank there is (Eckart-Young). The scale
/// alpha / rank stays what it was. Rules and results are those of sd-scripts' <c>resize_lora.py</c>, but computed in fp64 and never above the
/// layer's own size; convolutions of one pixel go by the rank of linear layers.
/// </summary>
public static class LoraResize
{
    /// <summary>kohya's key for remarks; what was done to the file is written in front of what stands there.</summary>
    private const string CommentKey = "ss_training_comment";

    /// <summary>An update whose largest singular value is below it changes nothing.</summary>
    private const double SmallestUpdate = 1e-6;

    /// <exception cref="ArgumentException">The options are out of range; every reason is named.</exception>
    /// <exception cref="LoraException">A weight is not finite.</exception>
    public static LoraResizeResult Resize(LoraWeights weights, LoraResizeOptions options)
    {
        if (options.Problems() is { Count: > 0 } problems)
        {
            throw new ArgumentException(string.Join(Environment.NewLine, problems), nameof(options));
        }

        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var modules = new List<LoraModule>();
        var report = new List<LoraResizedModule>();
        foreach (var module in weights.Modules)
        {
            using var inner = NewDisposeScope();
            var matrices = ModuleMatrices.Of(module);
            var (resized, summary) = Resize(module, matrices, options);
            modules.Add(resized);
            resized.Down.MoveToOuterDisposeScope();
            resized.Up.MoveToOuterDisposeScope();
            report.Add(summary);
        }

        return new LoraResizeResult(new LoraWeights(modules, Metadata(weights, modules, options)), report);
    }

    /// <summary>How many singular values are kept.</summary>
    /// <param name="values">All of the layer's matrix, falling; those beyond the LoRA's rank are zeros.</param>
    internal static long Rank(IReadOnlyList<double> values, LoraRankRule rule, double target, long most)
    {
        if (values[0] <= SmallestUpdate)
        {
            return 1;
        }

        long met = rule switch
        {
            LoraRankRule.SingularValueRatio => values.Count(v => v > values[0] / target),
            LoraRankRule.SingularValueFrobenius => FirstReaching([.. values.Select(v => v * v)], target * target),
            LoraRankRule.SingularValueCumulative => FirstReaching(values, target),
            _ => most,
        };

        // The reference keeps one value more than the target asks for.
        return rule == LoraRankRule.Fixed ? most : Math.Min(most, Math.Max(1, Math.Min(met, values.Count - 1)) + 1);
    }

    private static (LoraModule Module, LoraResizedModule Summary) Resize(LoraModule module, ModuleMatrices matrices, LoraResizeOptions options)
    {
        var (u, s, vt) = matrices.Svd();
        var values = s.data<double>().ToArray();
        if (!values.All(double.IsFinite))
        {
            throw new LoraException($"{module.Layer.Kohya} has weights that are not finite; the LoRA is damaged or its training has diverged.");
        }

        var wanted = module.IsWide ? options.ConvolutionRank ?? options.Rank : options.Rank;
        double[] padded = [.. values, .. Enumerable.Repeat(0.0, (int)(matrices.HighestRank - values.Length))];
        var rank = Rank(padded, options.Rule, options.Target, Math.Min(wanted, matrices.HighestRank));
        var kept = Math.Min(rank, values.Length);
        var up = u.narrow(1, 0, kept).mul(s.narrow(0, 0, kept));
        var down = vt.narrow(0, 0, kept);
        if (rank > kept)
        {
            (up, down) = (cat([up, zeros(up.shape[0], rank - kept, ScalarType.Float64)], 1), cat([down, Complement(down, rank - kept)], 0));
        }

        var alpha = module.Scale * rank;
        var (sum, squares) = (values.Sum(), values.Sum(v => v * v));
        var summary = new LoraResizedModule(
            module.Layer,
            module.Rank,
            rank,
            alpha,
            squares > 0 ? Math.Sqrt(values.Take((int)kept).Sum(v => v * v) / squares) : 1,
            sum > 0 ? values.Take((int)kept).Sum() / sum : 1);
        return (new ModuleMatrices(up, down).ToModule(module.Layer, module.Kernel, alpha), summary);
    }

    /// <summary>Rows at right angles to those of <paramref name="down"/> and to one another: with an up of zeros they change nothing, and a training can go on from them.</summary>
    private static Tensor Complement(Tensor down, long count)
    {
        using var generator = new Generator(0);
        var noise = randn(count, down.shape[1], ScalarType.Float64, generator: generator);
        var (q, _) = linalg.qr(cat([down, noise], 0).t());
        return q.narrow(1, down.shape[0], count).t();
    }

    /// <summary>How many of the values it takes for their sum to reach the share.</summary>
    private static int FirstReaching(IReadOnlyList<double> values, double share)
    {
        var (whole, sum) = (values.Sum(), 0.0);
        for (var i = 0; i < values.Count; i++)
        {
            sum += values[i];
            if (sum / whole >= share)
            {
                return i + 1;
            }
        }

        return values.Count;
    }

    private static IReadOnlyDictionary<string, string> Metadata(LoraWeights weights, IReadOnlyList<LoraModule> modules, LoraResizeOptions options)
    {
        var old = weights.Modules.Max(m => m.Rank);
        var convolutions = options.ConvolutionRank is { } rank && rank != options.Rank ? $" (conv: {rank})" : "";
        var done = options.Rule switch
        {
            LoraRankRule.SingularValueRatio => Dynamic("sv_ratio"),
            LoraRankRule.SingularValueFrobenius => Dynamic("sv_fro"),
            LoraRankRule.SingularValueCumulative => Dynamic("sv_cumulative"),
            _ => $"dimension is resized from {old} to {options.Rank}{convolutions}",
        };
        return new Dictionary<string, string>(LoraRankMetadata.With(weights.Metadata, modules), StringComparer.Ordinal)
        {
            [CommentKey] = weights.Metadata.TryGetValue(CommentKey, out var comment) && comment is not ("" or "None") ? $"{done}; {comment}" : done,
        };

        string Dynamic(string name) => string.Create(CultureInfo.InvariantCulture, $"Dynamic resize with {name}: {options.Target} from {old}");
    }
}
