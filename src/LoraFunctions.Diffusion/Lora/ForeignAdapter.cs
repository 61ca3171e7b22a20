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
