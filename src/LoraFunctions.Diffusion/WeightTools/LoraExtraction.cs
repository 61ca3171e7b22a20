using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Diffusion.Lora;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.WeightTools;

/// <summary>
/// A LoRA out of two models: for every layer the truncated singular value decomposition of tuned - base, as sd-scripts'
/// <c>extract_lora_from_models.py</c> does it (alpha = rank, the singular values in up), computed in fp64. Weights are read layer by layer.
/// </summary>
public static class LoraExtraction
{
    /// <param name="basePath">A single file or a diffusers folder; the two may differ in that.</param>
    /// <param name="tunedPath">The model whose difference is wanted.</param>
    /// <param name="progress">Layers done, and layers in all.</param>
    /// <exception cref="ArgumentException">The options are out of range; every reason is named.</exception>
    /// <exception cref="CheckpointException">A model cannot be read.</exception>
    /// <exception cref="LoraException">The models are built differently, or are the same.</exception>
    public static LoraExtractionResult Extract(
        string basePath, string tunedPath, LoraExtractionOptions options, IProgress<(int Done, int Total)>? progress = null, CancellationToken cancellationToken = default)
    {
        if (options.Problems() is { Count: > 0 } problems)
        {
            throw new ArgumentException(string.Join(Environment.NewLine, problems), nameof(options));
        }

        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var baseParts = CheckpointLayer.Open(basePath);
        using var tunedParts = CheckpointLayer.Open(tunedPath);
        var pairs = Pair(CheckpointLayer.Of(baseParts), CheckpointLayer.Of(tunedParts), basePath, tunedPath);
        var isConvolving = options.ConvolutionRank is not null;
        var chosen = pairs.Where(p => IsChosen(p.Base, isConvolving)).ToArray();
        var (text, largest) = (chosen.Where(p => p.Base.Layer.Part == LoraPart.TextEncoder).ToArray(), 0.0);
        foreach (var (before, after) in text)
        {
            using var inner = NewDisposeScope();
            largest = Math.Max(largest, after.Read().sub_(before.Read()).abs_().max().item<float>());
        }

        var isTextLeftOut = largest <= options.MinTextDifference;
        var wanted = isTextLeftOut ? chosen.Except(text).ToArray() : chosen;

        var modules = new List<LoraModule>();
        var (kept, whole, done) = (0.0, 0.0, 0);
        foreach (var (before, after) in wanted)
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress?.Report((done++, wanted.Length));
            using var inner = NewDisposeScope();
            var difference = after.Read().to(ScalarType.Float64).sub_(before.Read());
            if (!difference.isfinite().all().item<bool>())
            {
                throw new LoraException($"{before.Layer} has weights that are not finite in {basePath} or {tunedPath}; such a model cannot be used.");
            }

            var square = difference.Squared().sum().item<double>();
            if (square == 0)
            {
                continue;
            }

            var (module, keptSquare) = Decompose(before, difference, options);
            (kept, whole) = (kept + keptSquare, whole + square);
            module.Down.MoveToOuterDisposeScope();
            module.Up.MoveToOuterDisposeScope();
            modules.Add(module);
        }

        progress?.Report((wanted.Length, wanted.Length));
        if (modules.Count == 0)
        {
            throw new LoraException($"{tunedPath} does not differ from {basePath} in any layer a LoRA is made for; there is nothing to extract.");
        }

        var notHeld = pairs.Except(wanted).Where(p => Differ(p.Base, p.Tuned)).Select(p => $"{(p.Base.Layer.Part == LoraPart.Unet ? "unet" : "text_encoder")}.{p.Base.Name}").ToArray();
        return new LoraExtractionResult(
            new LoraWeights(modules, Metadata(modules, basePath)), Math.Sqrt(kept / whole), wanted.Length - modules.Count, largest, isTextLeftOut, notHeld);
    }

    private static (CheckpointLayer Base, CheckpointLayer Tuned)[] Pair(List<CheckpointLayer> before, List<CheckpointLayer> after, string basePath, string tunedPath)
    {
        var tuned = after.ToDictionary(l => (l.Layer.Part, l.Name));
        var odd = before.Where(l => !tuned.TryGetValue((l.Layer.Part, l.Name), out var other) || !other.Shape.SequenceEqual(l.Shape)).Select(l => l.Name).ToArray();
        return odd.Length == 0 && tuned.Count == before.Count
            ? [.. before.Select(l => (l, tuned[(l.Layer.Part, l.Name)]))]
            : throw new LoraException(
                $"{tunedPath} is built differently from {basePath}: {Math.Max(odd.Length, Math.Abs(tuned.Count - before.Count))} parameters have no counterpart of their size"
                + $"{(odd.Length > 0 ? $" ({LoraException.Names(odd)})" : "")}. Extract from a model that was tuned from this base.");
    }

    /// <summary>kohya's 192 layers of the UNet and all of the text encoder; with a rank for convolutions ResNet blocks and samplers too.</summary>
    private static bool IsChosen(CheckpointLayer layer, bool isConvolving) =>
        layer.IsAdaptableWeight
        && (layer.Layer.Part == LoraPart.TextEncoder
            || (LoraLayers.KindOf(layer.Layer.Path) & (LoraTargets.Kohya | (isConvolving ? LoraTargets.Convolutions : LoraTargets.None))) != LoraTargets.None);

    private static (LoraModule Module, double KeptSquare) Decompose(CheckpointLayer layer, Tensor difference, LoraExtractionOptions options)
    {
        var kernel = layer.Shape[2..];
        var asked = kernel.Any(k => k > 1) ? options.ConvolutionRank!.Value : options.Rank;
        var rank = Math.Min(asked, Math.Min(layer.Shape[0], layer.Shape[1]));
        var (up, down, kept) = Truncate(difference.reshape(layer.Shape[0], -1), rank);
        if (options.ClampQuantile is { } quantile)
        {
            var highest = Quantile(up, down, quantile);
            (up, down) = (up.Clamped(-highest, highest), down.Clamped(-highest, highest));
        }

        return (new ModuleMatrices(up, down).ToModule(layer.Layer, kernel, rank), kept);
    }

    /// <summary>
    /// U S, V^T and the sum of S^2 of the largest singular values, by the eigenvectors of the smaller Gram matrix: several times faster than the
    /// whole decomposition. In fp64 that is exact to 1e-8 of the largest singular value; and since the matrix itself is projected on
    /// the vectors, their product at full rank is the matrix.
    /// </summary>
    private static (Tensor Up, Tensor Down, double Kept) Truncate(Tensor matrix, long rank)
    {
        if (matrix.shape[0] <= matrix.shape[1])
        {
            var u = Largest(matrix.matmul(matrix.t()), rank);
            var projected = u.t().matmul(matrix);
            var s = projected.Squared().sum(1).sqrt_();
            return (u.mul(s), projected.div(s.Clamped(double.Epsilon, double.PositiveInfinity).unsqueeze(1)), s.Squared().sum().item<double>());
        }

        var v = Largest(matrix.t().matmul(matrix), rank);
        var up = matrix.matmul(v);
        return (up, v.t(), up.Squared().sum().item<double>());
    }

    /// <summary>Eigenvectors of the largest eigenvalues, the largest first.</summary>
    private static Tensor Largest(Tensor gram, long count)
    {
        var (_, vectors) = linalg.eigh(gram);
        return vectors.narrow(1, gram.shape[0] - count, count).flip(1);
    }

    /// <summary>As the reference takes it: of the values, not of their magnitudes.</summary>
    private static double Quantile(Tensor up, Tensor down, double share) =>
        quantile(cat([up.flatten(), down.flatten()]), tensor(share, ScalarType.Float64)).item<double>();

    private static bool Differ(CheckpointLayer before, CheckpointLayer after)
    {
        using var scope = NewDisposeScope();
        return !before.Read().eq(after.Read()).all().item<bool>();
    }

    private static IReadOnlyDictionary<string, string> Metadata(IReadOnlyCollection<LoraModule> modules, string basePath) => LoraRankMetadata.With(
        new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["ss_v2"] = "False",
            ["ss_base_model_version"] = "sd_v1",
            ["ss_sd_model_name"] = Path.GetFileName(Path.TrimEndingDirectorySeparator(basePath)),
            ["modelspec.sai_model_spec"] = "1.0.1",
            ["modelspec.architecture"] = "stable-diffusion-v1/lora",
            ["modelspec.implementation"] = "diffusers",
        },
        modules);
}
