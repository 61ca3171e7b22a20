namespace LoraFunctions.Diffusion.Lora;

/// <summary>Kinds of files that share LoRA's names or its folders but cannot be applied as one, told by what only they hold.</summary>
internal static class ForeignAdapter
{
    // Fragments of tensor names, as LyCORIS, PEFT, sd-scripts and WebUI write them; the first that is found decides.
    private static readonly (string Fragment, string Kind)[] s_marks =
    [
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
        ("model.diffusion_model.", "a whole checkpoint"),
    ];

    /// <summary>Ends a sentence that begins "It is "; null where nothing is known about the names.</summary>
    public static string? KindOf(IReadOnlyCollection<string> names) =>
        s_marks.Where(m => names.Any(n => IsIn(n, m.Fragment))).Select(m => m.Kind).FirstOrDefault();

    /// <summary>What a file's metadata says it is for where that is not this architecture; null otherwise.</summary>
    public static string? OtherBase(IReadOnlyDictionary<string, string> metadata) =>
        metadata.TryGetValue("ss_base_model_version", out var version) && !version.StartsWith("sd_v1", StringComparison.Ordinal)
            ? version
            : metadata.TryGetValue("modelspec.architecture", out var architecture)
                && !architecture.StartsWith("stable-diffusion-v1", StringComparison.Ordinal)
                ? architecture
                : null;

    private static bool IsIn(string name, string fragment) =>
        fragment[0] == '.' ? name.Contains(fragment, StringComparison.Ordinal) : name.StartsWith(fragment, StringComparison.Ordinal)
            || name.StartsWith("lora_unet_" + fragment, StringComparison.Ordinal);
}
