using System.Text.Json;
using System.Text.RegularExpressions;

namespace LoraFunctions.Diffusion.Lora;

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
