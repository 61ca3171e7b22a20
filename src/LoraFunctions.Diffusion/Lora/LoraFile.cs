using System.Security.Cryptography;
using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Diffusion.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Lora;

/// <summary>
/// LoRA files: reads kohya's, diffusers' (all generations) and PEFT's names in fp32, fp16 or bf16; writes kohya's (canonical), or exports
/// diffusers' and PEFT's. Equal weights and metadata give equal bytes.
/// </summary>
public static class LoraFile
{
    /// <summary>kohya: SHA-256 of all bytes after the header.</summary>
    public const string ModelHashKey = "sshs_model_hash";

    /// <summary>kohya: 8 hex digits, the short hash of old WebUI extensions.</summary>
    public const string LegacyHashKey = "sshs_legacy_hash";

    private const int LegacyOffset = 0x100000;
    private const int LegacyLength = 0x10000;

    private static readonly string[] s_folderNames = ["pytorch_lora_weights.safetensors", "adapter_model.safetensors"];

    /// <param name="path">A .safetensors file, or a folder with <c>pytorch_lora_weights.safetensors</c> or <c>adapter_model.safetensors</c>.</param>
    /// <returns>Tensors in the file's precision, on the CPU.</returns>
    /// <exception cref="CheckpointException">The file is missing, or is no safetensors file.</exception>
    /// <exception cref="LoraException">The file is no LoRA of a kind known here, or is damaged.</exception>
    public static LoraWeights Load(string path)
    {
        if (Directory.Exists(path))
        {
            path = s_folderNames.Select(n => Path.Combine(path, n)).FirstOrDefault(File.Exists)
                ?? throw new LoraException($"The folder {path} holds neither {string.Join(" nor ", s_folderNames)}. Give the LoRA's .safetensors file.");
        }

        using var file = SafetensorsFile.Open(path);
        var foreign = file.Entries.Select(e => e.Name).Where(n => !LoraKey.TryParse(n, out _)).ToArray();
        if (foreign.Length > 0)
        {
            var kind = ForeignAdapter.KindOf(foreign) is { } known ? $"It is {known}. " : string.Empty;
            throw new LoraException(
                $"{path}: {foreign.Length} of {file.Entries.Count} tensors are no LoRA weights known here ({LoraException.Names(foreign)}). {kind}"
                + "Readable are LoRA and LoCon for Stable Diffusion 1.5 with kohya's, diffusers', PEFT's or ComfyUI's names; "
                + "not LoHa, LoKr, DoRA, SDXL or whole models.");
        }

        var peft = PeftConfiguration.Read(path, file.Metadata);
        using var scope = NewDisposeScope();
        var modules = file.Entries
            .Select(e => (Key: LoraKey.TryParse(e.Name, out var key) ? key : default, e.Name))
            .GroupBy(e => e.Key.Layer)
            .Select(g => ReadModule(file, peft, g.Key, [.. g]))
            .ToArray();
        return new LoraWeights(modules, file.Metadata)
        {
            ModelHash = HashData(path, file.DataOffset),
            FileName = Path.GetFileName(path),
        };
    }

    /// <summary>Writes under a temporary name and renames: the file is there whole or not at all.</summary>
    /// <returns>The file's <see cref="LoraWeights.ModelHash"/>.</returns>
    /// <exception cref="LoraException">A weight does not fit the precision, or the format cannot hold a module.</exception>
    public static string Save(string path, LoraWeights weights, LoraSaveOptions? options = null)
    {
        options ??= new LoraSaveOptions();
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var modules = options.Format == LoraFormat.Kohya ? weights.Modules : AlphaFolding.Of(weights.Modules, options.Format);
        var tensors = Tensors(modules, options);
        var given = options.Metadata ?? weights.Metadata;
        var isRanked = options.Format != LoraFormat.Kohya && given.ContainsKey(LoraRankMetadata.RankKey);
        var stated = isRanked ? LoraRankMetadata.With(given, modules) : given;
        var metadata = stated.Where(m => m.Key is not (ModelHashKey or LegacyHashKey)).ToDictionary(m => m.Key, m => m.Value);
        var (model, legacy) = Hashes(tensors, metadata);
        metadata[ModelHashKey] = model;
        metadata[LegacyHashKey] = legacy;
        SafetensorsWriter.Write(path, tensors, metadata);
        return model;
    }

    private static LoraModule ReadModule(SafetensorsFile file, PeftConfiguration peft, LoraLayerName layer, IReadOnlyList<(LoraKey Key, string Name)> tensors)
    {
        var twice = tensors.GroupBy(t => t.Key.Role).FirstOrDefault(g => g.Count() > 1);
        if (twice is not null)
        {
            throw new LoraException($"{file.Path}: {string.Join(" and ", twice.Select(t => t.Name))} name the same weight; a file may hold it once.");
        }

        var down = Read(LoraKey.LoraRole.Down);
        var up = Read(LoraKey.LoraRole.Up);
        if (down is null || up is null)
        {
            throw new LoraException(
                $"{file.Path}: the module {layer.Kohya} has no {(down is null ? "down" : "up")} weight, only {string.Join(", ", tensors.Select(t => t.Name))}. "
                + "The file is damaged, or of a kind of adapter that is not known here.");
        }

        var alpha = Read(LoraKey.LoraRole.Alpha);
        if (alpha is not null && alpha.numel() != 1)
        {
            throw new LoraException($"{file.Path}: the alpha of {layer.Kohya} has {alpha.numel()} values; it must be one number.");
        }

        return new LoraModule(layer, down, up, alpha?.to(ScalarType.Float64).item<double>() ?? peft.Alpha(layer, down.shape[0]), Read(LoraKey.LoraRole.Mid));

        Tensor? Read(LoraKey.LoraRole role) =>
            tensors.FirstOrDefault(t => t.Key.Role == role) is { Name: { } name } ? CheckFinite(file, name, file.ReadTensor(name)) : null;
    }

    private static Tensor CheckFinite(SafetensorsFile file, string name, Tensor tensor)
    {
        using var scope = NewDisposeScope();
        var odd = tensor.numel() - tensor.to(ScalarType.Float32).isfinite().sum().item<long>();
        return odd == 0
            ? tensor
            : throw new LoraException(
                $"{file.Path}: tensor '{name}' has {odd} of {tensor.numel()} values that are NaN or infinite. The file is damaged, or its training has "
                + "diverged: take an earlier checkpoint of it, or train it again with a lower learning rate.");
    }

    private static List<KeyValuePair<string, Tensor>> Tensors(IReadOnlyCollection<LoraModule> modules, LoraSaveOptions options)
    {
        var tensors = new List<KeyValuePair<string, Tensor>>();
        foreach (var module in modules)
        {
            Add(LoraKey.LoraRole.Down, module.Down);
            Add(LoraKey.LoraRole.Up, module.Up);
            if (options.Format == LoraFormat.Kohya)
            {
                Add(LoraKey.LoraRole.Alpha, tensor(module.Alpha, ScalarType.Float64));
            }

            if (module.Mid is not null)
            {
                Add(LoraKey.LoraRole.Mid, module.Mid);
            }

            void Add(LoraKey.LoraRole role, Tensor value)
            {
                var name = LoraKey.Write(module.Layer, role, options.Format);
                var stored = value.detach().to(options.Precision).cpu();
                if (!stored.isfinite().all().item<bool>())
                {
                    throw new LoraException(
                        $"{name} has values that are not finite in {options.Precision} (the largest magnitude is {value.to(ScalarType.Float64).abs().max().item<double>():g4}). "
                        + "Save with Float32 if they are finite there; otherwise the training has diverged.");
                }

                tensors.Add(new(name, stored));
            }
        }

        return tensors;
    }

    // kohya hashes the file as it would be with the ss_* metadata only, so that a title changed later keeps the hashes.
    private static (string Model, string Legacy) Hashes(List<KeyValuePair<string, Tensor>> tensors, Dictionary<string, string> metadata)
    {
        using var stream = new MemoryStream();
        var lasting = metadata.Where(m => m.Key.StartsWith("ss_", StringComparison.Ordinal)).ToDictionary(m => m.Key, m => m.Value);
        SafetensorsWriter.Write(stream, tensors, lasting);
        var bytes = stream.GetBuffer().AsSpan(0, (int)stream.Length);
        var header = 8 + (int)BitConverter.ToUInt64(bytes);
        var legacy = bytes[Math.Min(LegacyOffset, bytes.Length)..Math.Min(LegacyOffset + LegacyLength, bytes.Length)];
        return (Convert.ToHexStringLower(SHA256.HashData(bytes[header..])), Convert.ToHexStringLower(SHA256.HashData(legacy))[..8]);
    }

    private static string HashData(string path, long offset)
    {
        using var stream = File.OpenRead(path);
        stream.Seek(offset, SeekOrigin.Begin);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}

/// <summary>How a LoRA is written.</summary>
public sealed record LoraSaveOptions
{
    public const ScalarType DefaultPrecision = ScalarType.Float16;

    public LoraFormat Format { get; init; } = LoraFormat.Kohya;

    /// <summary>Float16 (default), BFloat16 or Float32.</summary>
    public ScalarType Precision { get; init; } = DefaultPrecision;

    /// <summary>Written into the file's header; null keeps the weights' own. Hashes are added by the writer.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }
}

/// <summary>How a LoRA file names its tensors.</summary>
public enum LoraFormat
{
    /// <summary><c>lora_unet_..._to_q.lora_down.weight</c> with alpha: what WebUI, ComfyUI and most tools read.</summary>
    Kohya,

    /// <summary>
    /// <c>unet....to_q.lora.down.weight</c>; no alpha: the scale is folded into up, and every module has its network's highest rank.
    /// </summary>
    Diffusers,

    /// <summary><c>unet....to_q.lora_A.weight</c>; the rest as in <see cref="Diffusers"/>.</summary>
    Peft,
}
