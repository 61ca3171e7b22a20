using LoraFunctions.Diffusion.Safetensors;

namespace LoraFunctions.Cli.Models;

/// <summary>Recognises checkpoints by their tensors' names and the width of the cross-attention.</summary>
internal static class CheckpointKind
{
    private const string LdmContext = "model.diffusion_model.input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight";
    private const string DiffusersContext = "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight";

    private static readonly (string Prefix, string Part)[] Parts =
    [
        ("model.diffusion_model.", "UNet"),
        ("first_stage_model.", "VAE"),
        ("cond_stage_model.", "text encoder"),
        ("conditioner.embedders.", "text encoders (SDXL)"),
        ("model_ema.", "EMA copy (not used)"),
        ("text_model.", "text encoder"),
        ("vision_model.", "vision tower"),
        ("text_projection.", "projection"),
        ("visual_projection.", "projection"),
        ("encoder.", "VAE"),
        ("decoder.", "VAE"),
        ("quant_conv.", "VAE"),
        ("post_quant_conv.", "VAE"),
        ("down_blocks.", "UNet"),
        ("mid_block.", "UNet"),
        ("up_blocks.", "UNet"),
        ("time_embedding.", "UNet"),
        ("conv_", "UNet"),
    ];

    public static string PartOf(string tensor) =>
        Parts.FirstOrDefault(p => tensor.StartsWith(p.Prefix, StringComparison.Ordinal)).Part ?? "other";

    public static string Of(SafetensorsFile file)
    {
        if (Has(file, "conditioner.embedders."))
        {
            return "Stable Diffusion XL, single file (not usable here)";
        }

        if (Has(file, "model.diffusion_model."))
        {
            return $"Stable Diffusion, single file in LDM layout{Version(file, LdmContext)}";
        }

        if (Has(file, "down_blocks."))
        {
            return $"UNet in diffusers layout{Version(file, DiffusersContext)}";
        }

        if (Has(file, "vision_model."))
        {
            return "CLIP in HF layout";
        }

        return Has(file, "text_model.") ? "CLIP text encoder in HF layout"
            : Has(file, "decoder.") ? "VAE in diffusers layout"
            : "unknown";
    }

    private static bool Has(SafetensorsFile file, string prefix) =>
        file.Entries.Any(e => e.Name.StartsWith(prefix, StringComparison.Ordinal));

    private static string Version(SafetensorsFile file, string key) =>
        !file.ByName.TryGetValue(key, out var entry) || entry.Shape.Count != 2
            ? ""
            : entry.Shape[1] switch
            {
                768 => ", version 1.x (text of 768)",
                1024 => ", version 2.x (text of 1024; not usable here)",
                2048 => ", XL (text of 2048; not usable here)",
                var width => $", text of {width}",
            };
}
