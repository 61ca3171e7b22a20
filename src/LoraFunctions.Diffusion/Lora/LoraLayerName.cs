using LoraFunctions.Diffusion.Checkpoints;

namespace LoraFunctions.Diffusion.Lora;

/// <summary>
/// The layer a low-rank module sits on: the network and the module's path in it, as in the checkpoint
/// (<c>down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q</c>, <c>text_model.encoder.layers.0.self_attn.q_proj</c>).
/// Every file format's name follows from it by rule.
/// </summary>
public readonly record struct LoraLayerName(LoraPart Part, string Path) : IComparable<LoraLayerName>
{
    private const string KohyaUnet = "lora_unet_";
    private const string KohyaText = "lora_te_";

    // The first of SDXL's two text encoders is this model's only one: some writers, diffusers' kohya export among them, number it too.
    private const string KohyaNumberedText = "lora_te1_";

    // Names of ComfyUI's own trainer.
    private const string ComfyUnet = "diffusion_model.";
    private const string ComfyText = "text_encoders.clip_l.transformer.";

    // Words of diffusers', transformers' and latent-diffusion's module paths that hold an underscore themselves; any other underscore of
    // a kohya name was a dot.
    private static readonly string[] s_words =
    [
        "down_blocks", "up_blocks", "mid_block", "transformer_blocks", "time_embedding", "time_emb_proj", "conv_shortcut", "conv_in", "conv_out",
        "proj_in", "proj_out", "to_q", "to_k", "to_v", "to_out", "linear_1", "linear_2", "text_model", "self_attn", "q_proj", "k_proj", "v_proj",
        "out_proj", "text_projection", "input_blocks", "middle_block", "output_blocks", "in_layers", "out_layers", "emb_layers", "skip_connection",
        "time_embed",
    ];

    /// <summary><c>lora_unet_..._to_q</c> or <c>lora_te_..._q_proj</c>: the name in kohya's files, WebUI and ComfyUI.</summary>
    public string Kohya => (Part == LoraPart.Unet ? KohyaUnet : KohyaText) + Path.Replace('.', '_');

    /// <summary><c>unet....to_q</c> or <c>text_encoder....q_proj</c>: the name in diffusers' and PEFT's files.</summary>
    public string Diffusers => (Part == LoraPart.Unet ? "unet." : "text_encoder.") + Path;

    /// <summary>
    /// Reads a kohya name, its UNet part in diffusers' words or in latent-diffusion's (<c>lora_unet_input_blocks_1_1_...</c>); false when it
    /// has neither prefix.
    /// </summary>
    public static bool TryParseKohya(string name, out LoraLayerName layer)
    {
        layer = name.StartsWith(KohyaUnet, StringComparison.Ordinal) ? Unet(Dotted(name[KohyaUnet.Length..]))
            : name.StartsWith(KohyaText, StringComparison.Ordinal) ? new(LoraPart.TextEncoder, Dotted(name[KohyaText.Length..]))
            : name.StartsWith(KohyaNumberedText, StringComparison.Ordinal) ? new(LoraPart.TextEncoder, Dotted(name[KohyaNumberedText.Length..]))
            : default;
        return layer != default;
    }

    /// <summary>
    /// Reads a diffusers or PEFT module name, with or without the network's prefix, of any generation of their attention classes; or one of
    /// ComfyUI's trainer.
    /// </summary>
    public static bool TryParseDiffusers(string name, out LoraLayerName layer)
    {
        name = name.StartsWith("base_model.model.", StringComparison.Ordinal) ? name["base_model.model.".Length..] : name;
        name = name.Replace(".processor.", ".", StringComparison.Ordinal);
        if (name.StartsWith(ComfyUnet, StringComparison.Ordinal))
        {
            layer = Unet(name[ComfyUnet.Length..]);
            return true;
        }

        (LoraPart Part, string Path)? found =
            name.StartsWith("unet.", StringComparison.Ordinal) ? (LoraPart.Unet, name["unet.".Length..])
            : name.StartsWith("text_encoder.", StringComparison.Ordinal) ? (LoraPart.TextEncoder, name["text_encoder.".Length..])
            : name.StartsWith(ComfyText, StringComparison.Ordinal) ? (LoraPart.TextEncoder, name[ComfyText.Length..])
            : name.StartsWith("text_model.", StringComparison.Ordinal) ? (LoraPart.TextEncoder, name)
            : IsUnetPath(name) ? (LoraPart.Unet, name)
            : null;
        layer = found is { } f ? new LoraLayerName(f.Part, Modern(f.Part, f.Path)) : default;
        return found is not null;
    }

    public int CompareTo(LoraLayerName other) => string.CompareOrdinal(Kohya, other.Kohya);

    public static bool operator <(LoraLayerName left, LoraLayerName right) => left.CompareTo(right) < 0;

    public static bool operator <=(LoraLayerName left, LoraLayerName right) => left.CompareTo(right) <= 0;

    public static bool operator >(LoraLayerName left, LoraLayerName right) => left.CompareTo(right) > 0;

    public static bool operator >=(LoraLayerName left, LoraLayerName right) => left.CompareTo(right) >= 0;

    public override string ToString() => Diffusers;

    private static LoraLayerName Unet(string path) => new(LoraPart.Unet, LdmNames.DiffusersUnet(path) ?? path);

    private static bool IsUnetPath(string name) =>
        name.StartsWith("down_blocks.", StringComparison.Ordinal)
        || name.StartsWith("mid_block.", StringComparison.Ordinal)
        || name.StartsWith("up_blocks.", StringComparison.Ordinal)
        || name.StartsWith("time_embedding.", StringComparison.Ordinal)
        || name is "conv_in" or "conv_out";

    // Old attention processors named the projections to_q ... to_out on both networks.
    private static string Modern(LoraPart part, string path)
    {
        var (parent, last) = path.LastIndexOf('.') is var dot and >= 0 ? (path[..(dot + 1)], path[(dot + 1)..]) : (string.Empty, path);
        return part == LoraPart.Unet
            ? parent + (last == "to_out" ? "to_out.0" : last)
            : parent + last switch { "to_q" => "q_proj", "to_k" => "k_proj", "to_v" => "v_proj", "to_out" => "out_proj", _ => last };
    }

    private static string Dotted(string rest)
    {
        var parts = new List<string>();
        while (rest.Length > 0)
        {
            var word = Array.Find(s_words, w => rest.StartsWith(w, StringComparison.Ordinal) && (rest.Length == w.Length || rest[w.Length] == '_'));
            var length = word?.Length ?? (rest.IndexOf('_') is var i and >= 0 ? i : rest.Length);
            parts.Add(rest[..length]);
            rest = rest.Length > length ? rest[(length + 1)..] : string.Empty;
        }

        return string.Join('.', parts);
    }
}

/// <summary>Which network of Stable Diffusion a low-rank module belongs to.</summary>
public enum LoraPart
{
    Unet,
    TextEncoder,
}
