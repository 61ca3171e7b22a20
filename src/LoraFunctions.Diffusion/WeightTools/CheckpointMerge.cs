using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Diffusion.Lora;
using LoraFunctions.Diffusion.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.WeightTools;

/// <summary>
/// Bakes LoRAs into a checkpoint on disk: W' = W + sum of strength * (alpha / rank) * up @ down, computed in fp32 and stored as the base is.
/// The result has the base's layout, a single file or a diffusers folder. Tensors go through one by one: a checkpoint is never in memory.
/// </summary>
public static class CheckpointMerge
{
    /// <summary>ModelSpec's list of what a model was put together from.</summary>
    private const string MergedFromKey = "modelspec.merged_from";

    private const string TitleKey = "modelspec.title";

    /// <summary>Hashes of the base's own weights, which are another's now.</summary>
    private static readonly string[] s_stale = ["modelspec.hash_sha256", "sshs_model_hash", "sshs_legacy_hash"];

    /// <param name="output">A file for a single-file base, else a folder that is not there yet or empty. Written under another name first: there whole or not at all.</param>
    /// <exception cref="CheckpointException">The base cannot be read, or the output cannot be written there.</exception>
    /// <exception cref="LoraException">A LoRA does not fit the base, or a merged weight is not finite; nothing is written.</exception>
    public static CheckpointMergeResult Write(
        string basePath, IReadOnlyList<LoraUse> loras, string output, CheckpointMergeOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new CheckpointMergeOptions();
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var parts = CheckpointLayer.Open(basePath);
        var layers = CheckpointLayer.Of(parts).Where(l => l.IsAdaptableWeight).ToDictionary(l => l.Layer);
        CheckFit(layers, loras);

        var merged = layers.Values
            .Select(layer => (Layer: layer, Updates: Updates(layer, loras)))
            .Where(l => l.Updates.Count > 0)
            .ToDictionary(l => (l.Layer.File, l.Layer.NameInFile), l => (Func<Tensor, Tensor>)(weight => Merge(l.Layer, weight, l.Updates)));
        Func<SafetensorsFile, string, Func<Tensor, Tensor>?> changed = (file, name) => merged.GetValueOrDefault((file, name));
        var metadata = Metadata(basePath, output, loras, options.Names);
        CheckOutput(basePath, output);
        var leftOut = Directory.Exists(basePath)
            ? MergedFolder.Write(basePath, output, parts, changed, options.Precision, cancellationToken)
            : WriteFile(basePath, output, parts, changed, options.Precision, metadata, cancellationToken);
        return new CheckpointMergeResult(output, merged.Count, leftOut);
    }

    private static List<string> WriteFile(
        string basePath,
        string output,
        StableDiffusionParts parts,
        Func<SafetensorsFile, string, Func<Tensor, Tensor>?> changed,
        ScalarType? precision,
        IReadOnlyDictionary<string, string> merged,
        CancellationToken cancellationToken)
    {
        var file = parts.Unet.Files.Find(parts.Unet.Files.Names.First())!;
        var copies = file.Entries.Select(e => e.Name).Where(n => n.StartsWith("model_ema.", StringComparison.Ordinal)).ToHashSet(StringComparer.Ordinal);
        var metadata = file.Metadata.Where(m => !s_stale.Contains(m.Key, StringComparer.Ordinal)).ToDictionary(StringComparer.Ordinal);
        foreach (var (key, value) in merged)
        {
            metadata[key] = value;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(output))!);
        SafetensorsRewrite.Write(file, output, name => copies.Contains(name), name => changed(file, name), precision, metadata, cancellationToken);
        return copies.Count > 0 ? [$"{copies.Count} averaged tensors (model_ema.*) of {Path.GetFileName(basePath)}"] : [];
    }

    private static void CheckFit(Dictionary<LoraLayerName, CheckpointLayer> layers, IReadOnlyList<LoraUse> loras)
    {
        var adaptable = layers.ToDictionary(l => l.Key, l => l.Value.Adaptable!);
        LoraNetwork.CheckMatched(loras, adaptable, textEncoderGiven: true);
        foreach (var module in loras.SelectMany(use => use.Weights.Modules))
        {
            LowRank.CheckFit(module, adaptable[module.Layer]);
        }
    }

    private static List<(LoraModule Module, double Strength)> Updates(CheckpointLayer layer, IReadOnlyList<LoraUse> loras) =>
    [
        .. from use in loras
           let module = use.Weights.Find(layer.Layer)
           let strength = layer.Layer.Part == LoraPart.Unet ? use.UnetStrength : use.TextEncoderStrength
           where module is not null && strength != 0
           select (module, strength),
    ];

    /// <summary>Keeps the shape the file has: a linear layer may be stored as the 1x1 convolution it is.</summary>
    private static Tensor Merge(CheckpointLayer layer, Tensor stored, List<(LoraModule Module, double Strength)> updates)
    {
        var weight = stored.to(ScalarType.Float32).reshape(layer.Shape);
        foreach (var (module, strength) in updates)
        {
            weight = weight.Plus(module.Delta().reshape(layer.Shape), strength);
        }

        return weight.reshape(stored.shape);
    }

    private static void CheckOutput(string basePath, string output)
    {
        var isFolder = Directory.Exists(basePath);
        var fault = Path.GetFullPath(output).TrimEnd(Path.DirectorySeparatorChar) == Path.GetFullPath(basePath).TrimEnd(Path.DirectorySeparatorChar)
            ? "is the base itself; give another name"
            : isFolder && File.Exists(output) ? "is a file, but the base is a diffusers folder, and so is the result; name a folder"
            : isFolder && Directory.Exists(output) && Directory.EnumerateFileSystemEntries(output).Any() ? "is a folder with something in it; name a new one"
            : !isFolder && Directory.Exists(output) ? "is a folder, but the base is a single file, and so is the result; name a .safetensors file"
            : null;
        if (fault is not null)
        {
            throw new CheckpointException($"{output}: {fault}.");
        }
    }

    private static Dictionary<string, string> Metadata(string basePath, string output, IReadOnlyList<LoraUse> loras, IReadOnlyList<string>? names)
    {
        var from = loras.Select((use, i) => names?[i] ?? use.Weights.Metadata.GetValueOrDefault("ss_output_name") ?? use.Weights.ShortHash ?? $"LoRA {i + 1}");
        return new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [MergedFromKey] = string.Join(", ", from.Prepend(Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(basePath)))),
            [TitleKey] = Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(output)),
        };
    }
}

/// <summary>How a merged checkpoint is written.</summary>
public sealed record CheckpointMergeOptions
{
    /// <summary>Float16, BFloat16 or Float32 for every floating-point tensor; null: each as it is in the base.</summary>
    public ScalarType? Precision { get; init; }

    /// <summary>What the metadata calls the LoRAs, in their order; null: by the names they were trained under.</summary>
    public IReadOnlyList<string>? Names { get; init; }
}

/// <summary>What was written.</summary>
/// <param name="Path">The single file or the folder.</param>
/// <param name="MergedLayers">Layers whose weights have changed.</param>
/// <param name="LeftOut">Averaged copies (EMA) and second sets of weights in the base that would have stayed unmerged, and so are not in the result.</param>
public sealed record CheckpointMergeResult(string Path, int MergedLayers, IReadOnlyList<string> LeftOut);
