using System.Text.RegularExpressions;

namespace LoraFunctions.Diffusion.Lora;

/// <summary>One tensor name of a LoRA file, taken apart.</summary>
internal readonly partial record struct LoraKey(LoraLayerName Layer, LoraKey.LoraRole Role)
{
    internal enum LoraRole
    {
        Down,
        Up,
        Mid,
        Alpha,
    }

    /// <summary>False for names that are no LoRA weights of a kind known here.</summary>
    public static bool TryParse(string key, out LoraKey parsed)
    {
        var match = Pattern().Match(key);
        parsed = default;
        if (!match.Success)
        {
            return false;
        }

        var stem = match.Groups["stem"].Value;
        var role = match.Groups["role"].Value switch
        {
            "lora_down.weight" or "lora.down.weight" or "lora_linear_layer.down.weight" => LoraRole.Down,
            "lora_up.weight" or "lora.up.weight" or "lora_linear_layer.up.weight" => LoraRole.Up,
            "lora_mid.weight" => LoraRole.Mid,
            "alpha" => LoraRole.Alpha,
            var peft => peft.StartsWith("lora_A", StringComparison.Ordinal) ? LoraRole.Down : LoraRole.Up,
        };
        if (!LoraLayerName.TryParseKohya(stem, out var layer) && !LoraLayerName.TryParseDiffusers(stem, out layer))
        {
            return false;
        }

        parsed = new LoraKey(layer, role);
        return true;
    }

    public static string Write(LoraLayerName layer, LoraRole role, LoraFormat format) => (format, role) switch
    {
        (LoraFormat.Kohya, LoraRole.Alpha) => layer.Kohya + ".alpha",
        (LoraFormat.Kohya, _) => $"{layer.Kohya}.lora_{Word(role)}.weight",
        (LoraFormat.Peft, LoraRole.Down) => layer.Diffusers + ".lora_A.weight",
        (LoraFormat.Peft, LoraRole.Up) => layer.Diffusers + ".lora_B.weight",
        (LoraFormat.Diffusers, LoraRole.Down or LoraRole.Up) =>
            $"{layer.Diffusers}.{(layer.Part == LoraPart.Unet ? "lora" : "lora_linear_layer")}.{Word(role)}.weight",
        _ => throw new ArgumentOutOfRangeException(nameof(role), role, $"{format} files have no such tensor."),
    };

    private static string Word(LoraRole role) => role switch { LoraRole.Down => "down", LoraRole.Up => "up", _ => "mid" };

    // The stem of an old attention processor ends in _lora: processor.to_q_lora.down.weight. PEFT may name the adapter: lora_A.default.weight.
    [GeneratedRegex(
        @"^(?<stem>.+?)(?:\.(?<role>lora_(?:down|up|mid)\.weight|lora\.(?:down|up)\.weight|lora_linear_layer\.(?:down|up)\.weight|lora_[AB]\.(?:[^.]+\.)?weight|alpha)|_(?<role>lora\.(?:down|up)\.weight))$",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Pattern();
}
