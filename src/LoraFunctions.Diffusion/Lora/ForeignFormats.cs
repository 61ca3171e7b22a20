using System.Text.Json;
using System.Text.RegularExpressions;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Lora;

/// <summary>Kinds of files that share LoRA's names or its folders but cannot be applied as one, told by what only they hold.</summary>
internal static class ForeignAdapter
{
    // Fragments of tensor names, as LyCORIS, PEFT, sd-scripts and WebUI write them; the first that is found decides.
    private static readonly (string Fragment, string Kind)[] s_marks =
    [
        ("model.diffusion_model.", "a whole checkpoint"), // before .diff, which it holds
        ("lora_te2_", "for SDXL, which has a second text encoder"),
        ("text_encoder_2.", "for SDXL, which has a second text encoder"),
        ("double_blocks_", "for Flux"),
        ("lora_transformer_", "for a diffusion transformer (Stable Diffusion 3, Flux)"),
        ("transformer.", "for a diffusion transformer (Stable Diffusion 3, Flux)"),
        (".dora_scale", "a DoRA, which also rescales the base's columns"),
        (".lora_magnitude_vector", "a DoRA, which also rescales the base's columns"),
        (".hada_w", "a LoHa"),
        (".lokr_w", "a LoKr"),
        (".oft_", "an OFT"),
        (".boft_", "a BOFT"),
        (".on_input", "an IA3"),
        (".a1.weight", "a GLoRA"),
        (".lora_B.bias", "a LoRA with biases"),
        (".w_norm", "a LoRA that also trains norms"),
        (".diff", "whole weight differences"),
        ("bundle_emb.", "a LoRA with words (textual inversions) bundled into it"),
        ("emb_params", "a textual inversion"),
        ("string_to_param", "a textual inversion"),
    ];

    // Metadata keys with how their values begin for Stable Diffusion 1.
    private static readonly (string Key, string Own)[] s_statements =
        [("ss_base_model_version", "sd_v1"), ("modelspec.architecture", "stable-diffusion-v1")];

    private static readonly Dictionary<long, string> s_widths = new() { [1024] = "Stable Diffusion 2", [2048] = "SDXL" };

    /// <summary>Ends a sentence that begins "It is "; null where nothing is known about the names.</summary>
    public static string? KindOf(IReadOnlyCollection<string> names) =>
        s_marks.Where(m => names.Any(n => IsIn(n, m.Fragment))).Select(m => m.Kind).FirstOrDefault();

    /// <summary>What a LoRA is for by its metadata or by the width of the prompts it attends to, where that is not this architecture.</summary>
    public static string? OtherBase(LoraWeights weights)
    {
        foreach (var (key, own) in s_statements)
        {
            if (weights.Metadata.TryGetValue(key, out var stated) && !stated.StartsWith(own, StringComparison.Ordinal))
            {
                return stated;
            }
        }

        return weights.Modules
            .Where(m => m.Layer.Part == LoraPart.Unet && m.Layer.Path.EndsWith(".attn2.to_k", StringComparison.Ordinal))
            .Select(m => s_widths.GetValueOrDefault(m.Down.shape[1]))
            .FirstOrDefault();
    }

    private static bool IsIn(string name, string fragment) =>
        fragment[0] == '.' ? name.Contains(fragment, StringComparison.Ordinal) : name.StartsWith(fragment, StringComparison.Ordinal)
            || name.StartsWith("lora_unet_" + fragment, StringComparison.Ordinal);
}

/// <summary>
/// The scaling that PEFT writes beside its weights: <c>adapter_config.json</c>, or diffusers' <c>lora_adapter_metadata</c> in the file's
/// own metadata. Its tensors carry no alpha; without a configuration alpha is the rank.
/// </summary>
internal sealed class PeftConfiguration
{
    private const string MetadataKey = "lora_adapter_metadata";

    private readonly Dictionary<string, JsonElement> _values;

    private PeftConfiguration(Dictionary<string, JsonElement> values) => _values = values;

    /// <exception cref="LoraException">The configuration is not JSON.</exception>
    public static PeftConfiguration Read(string path, IReadOnlyDictionary<string, string> metadata)
    {
        var beside = Path.Combine(Path.GetDirectoryName(path) ?? string.Empty, "adapter_config.json");
        var (source, json) = metadata.TryGetValue(MetadataKey, out var embedded) ? ($"the metadata {MetadataKey} of {path}", embedded)
            : File.Exists(beside) ? (beside, File.ReadAllText(beside))
            : (path, "{}");
        try
        {
            return new PeftConfiguration(JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(json) ?? []);
        }
        catch (JsonException e)
        {
            throw new LoraException($"{source} is not the JSON object of a PEFT configuration ({e.Message}). Remove it, or export the LoRA again.", e);
        }
    }

    /// <exception cref="LoraException">The configuration asks for DoRA, or its patterns cannot be understood.</exception>
    public double Alpha(LoraLayerName layer, long rank)
    {
        if (Value(layer, "use_dora") is { ValueKind: JsonValueKind.True })
        {
            throw new LoraException("The file is a DoRA (use_dora: true), which needs weights that LoRA has not. Convert it to a plain LoRA first.");
        }

        var alpha = Value(layer, "lora_alpha") is { ValueKind: JsonValueKind.Number } number ? number.GetDouble() : rank;
        if (Value(layer, "alpha_pattern") is { ValueKind: JsonValueKind.Object } patterns)
        {
            foreach (var pattern in patterns.EnumerateObject().Where(p => Matches(p.Name, layer.Path)).Take(1))
            {
                alpha = pattern.Value.ValueKind == JsonValueKind.Number ? pattern.Value.GetDouble() : throw new LoraException(
                    $"The PEFT configuration's alpha_pattern gives {pattern.Name} the alpha {pattern.Value.GetRawText()}; it must be a number.");
            }
        }

        // rsLoRA scales by alpha / sqrt(rank); written as an alpha for alpha / rank.
        return Value(layer, "use_rslora") is { ValueKind: JsonValueKind.True } ? alpha * Math.Sqrt(rank) : alpha;
    }

    /// <exception cref="LoraException">The pattern takes forever.</exception>
    private static bool Matches(string pattern, string path)
    {
        try
        {
            return path == pattern || path.EndsWith("." + pattern, StringComparison.Ordinal)
                || Regex.IsMatch(path, $@"^(.*\.)?({pattern})$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
        }
        catch (ArgumentException)
        {
            return false;
        }
        catch (RegexMatchTimeoutException e)
        {
            throw new LoraException($"The PEFT configuration's alpha_pattern '{pattern}' takes too long to be matched with {path}. Write it more simply.", e);
        }
    }

    private JsonElement? Value(LoraLayerName layer, string key)
    {
        var prefix = layer.Part == LoraPart.Unet ? "unet." : "text_encoder.";
        return _values.TryGetValue(prefix + key, out var own) ? own : _values.TryGetValue(key, out var plain) ? plain : null;
    }
}

/// <summary>
/// Modules for files without alphas, diffusers' and PEFT's: the same updates, alpha = rank everywhere, one rank a network. Where a file
/// states no alpha, diffusers takes the rank of whichever module comes first for the alpha of all, and would scale modules of another rank.
/// </summary>
internal static class AlphaFolding
{
    /// <summary>The scale goes into up; zeros fill both up to the highest rank. The tensors belong to the caller's dispose scope.</summary>
    /// <exception cref="LoraException">A module is no product of two.</exception>
    public static IReadOnlyCollection<LoraModule> Of(IReadOnlyCollection<LoraModule> modules, LoraFormat format)
    {
        var ranks = modules.GroupBy(m => m.Layer.Part).ToDictionary(g => g.Key, g => g.Max(m => m.Rank));
        return [.. modules.Select(m => Of(m, ranks[m.Layer.Part], format))];
    }

    private static LoraModule Of(LoraModule module, long rank, LoraFormat format) => module.Mid is not null
        ? throw new LoraException(
            $"{module.Layer.Kohya} is a Tucker-decomposed convolution, which {format} files cannot hold; save it as Kohya.")
        : new LoraModule(
            module.Layer,
            Filled(module.Down, 0, rank - module.Rank),
            Filled(module.Up.to(ScalarType.Float32).Times(module.Scale), 1, rank - module.Rank),
            rank);

    private static Tensor Filled(Tensor tensor, int dimension, long missing)
    {
        long[] shape = [.. tensor.shape.Select((size, i) => i == dimension ? missing : size)];
        return missing == 0 ? tensor : cat([tensor, zeros(shape, tensor.dtype, tensor.device)], dimension);
    }
}
