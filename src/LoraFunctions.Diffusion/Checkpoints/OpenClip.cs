using System.Text.Json;
using System.Text.RegularExpressions;
using LoraFunctions.Diffusion.Models;

namespace LoraFunctions.Diffusion.Checkpoints;

/// <summary>CLIP as open_clip keeps it (https://github.com/mlfoundations/open_clip): its names, and its <c>open_clip_config.json</c>.</summary>
internal static partial class OpenClip
{
    public const string ConfigFile = "open_clip_config.json";

    private const long UsualHeadWidth = 64;

    private static readonly Dictionary<string, string> Names = new(StringComparer.Ordinal)
    {
        ["visual.class_embedding"] = "vision_model.embeddings.class_embedding",
        ["visual.conv1.weight"] = "vision_model.embeddings.patch_embedding.weight",
        ["visual.positional_embedding"] = "vision_model.embeddings.position_embedding.weight",
        ["visual.ln_pre.weight"] = "vision_model.pre_layrnorm.weight",
        ["visual.ln_pre.bias"] = "vision_model.pre_layrnorm.bias",
        ["visual.ln_post.weight"] = "vision_model.post_layernorm.weight",
        ["visual.ln_post.bias"] = "vision_model.post_layernorm.bias",
        ["visual.proj"] = "visual_projection.weight",
        ["token_embedding.weight"] = "text_model.embeddings.token_embedding.weight",
        ["positional_embedding"] = "text_model.embeddings.position_embedding.weight",
        ["ln_final.weight"] = "text_model.final_layer_norm.weight",
        ["ln_final.bias"] = "text_model.final_layer_norm.bias",
        ["text_projection"] = "text_projection.weight",
    };

    private static readonly Dictionary<string, string> NamesInBlock = new(StringComparer.Ordinal)
    {
        ["ln_1"] = "layer_norm1",
        ["ln_2"] = "layer_norm2",
        ["attn.out_proj"] = "self_attn.out_proj",
        ["mlp.c_fc"] = "mlp.fc1",
        ["mlp.c_proj"] = "mlp.fc2",
    };

    /// <summary>HF's names for a tensor of the file, and which part of it each is; a name that is not known stays.</summary>
    public static IEnumerable<(string Name, TensorPiece Piece)> Pieces(string name)
    {
        // Models whose text tower is a module of its own.
        var plain = name.StartsWith("text.", StringComparison.Ordinal) ? name["text.".Length..] : name;
        if (Names.TryGetValue(plain, out var known))
        {
            return [(known, plain is "visual.proj" or "text_projection" ? TensorPiece.Transposed : TensorPiece.Whole)];
        }

        if (Block().Match(plain) is not { Success: true } block)
        {
            return [(plain, TensorPiece.Whole)];
        }

        var layer = $"{(block.Groups["visual"].Success ? "vision_model" : "text_model")}.encoder.layers.{block.Groups["index"].Value}";
        var (module, kind) = (block.Groups["module"].Value, block.Groups["kind"].Value);
        return module == "attn.in_proj"
            ?
            [
                ($"{layer}.self_attn.q_proj.{kind}", TensorPiece.FirstThird),
                ($"{layer}.self_attn.k_proj.{kind}", TensorPiece.SecondThird),
                ($"{layer}.self_attn.v_proj.{kind}", TensorPiece.LastThird),
            ]
            : [(NamesInBlock.TryGetValue(module, out var inner) ? $"{layer}.{inner}.{kind}" : plain, TensorPiece.Whole)];
    }

    /// <summary>The sizes; how many heads there are and which GELU it is stands nowhere else.</summary>
    /// <exception cref="CheckpointException">Values that make no sense, or towers of another kind.</exception>
    public static (ClipTextConfig Text, ClipVisionConfig Vision, long Projection) Parse(JsonElement json, string file)
    {
        if (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty("model_cfg", out var model) || model.ValueKind != JsonValueKind.Object
            || !model.TryGetProperty("vision_cfg", out var visionJson) || !model.TryGetProperty("text_cfg", out var textJson))
        {
            throw new CheckpointException($"{file}: has no model_cfg with vision_cfg and text_cfg, so it is no open_clip model's.");
        }

        var whole = new ConfigReader(model, file);
        var quick = whole.Flag("quick_gelu", absent: false);
        var projection = whole.Number("embed_dim", 512);
        whole.ThrowIfFaulty();

        var reader = new ConfigReader(visionJson, file);
        reader.DemandAbsent("timm_model_name");
        var (width, ratio) = (reader.Number("width", 768), reader.Real("mlp_ratio", 4));
        var headWidth = reader.Number("head_width", UsualHeadWidth);
        reader.DemandDivides("head_width", headWidth, "width", width);
        var vision = new ClipVisionConfig
        {
            HiddenSize = width,
            IntermediateSize = (long)(width * ratio),
            NumHiddenLayers = reader.Count("layers", 12),
            NumAttentionHeads = width / headWidth,
            ImageSize = reader.Pixels("image_size", 224),
            PatchSize = reader.Pixels("patch_size", 16),
            QuickGelu = quick,
        };
        reader.DemandDivides("patch_size", vision.PatchSize, "image_size", vision.ImageSize);
        reader.ThrowIfFaulty();

        reader = new ConfigReader(textJson, file);
        reader.DemandAbsent("hf_model_name");
        (width, ratio) = (reader.Number("width", 512), reader.Real("mlp_ratio", 4));
        var text = new ClipTextConfig
        {
            VocabSize = reader.Number("vocab_size", 49408),
            HiddenSize = width,
            IntermediateSize = (long)(width * ratio),
            NumHiddenLayers = reader.Count("layers", 12),
            NumAttentionHeads = reader.Number("heads", 8),
            MaxPositionEmbeddings = reader.Number("context_length", 77),
            QuickGelu = quick,
        };
        reader.DemandDivides("heads", text.NumAttentionHeads, "width", width);
        reader.ThrowIfFaulty();
        return (text, vision, projection);
    }

    [GeneratedRegex(@"^(?<visual>visual\.)?transformer\.resblocks\.(?<index>\d+)\.(?<module>.+?)[._](?<kind>weight|bias)$", RegexOptions.CultureInvariant)]
    private static partial Regex Block();
}
