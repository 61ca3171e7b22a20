using System.Text.Json;

namespace LoraFunctions.Diffusion.Models;

/// <summary>Sizes of CLIP's vision tower, as in HF's <c>config.json</c>; the defaults are CLIP ViT-B/32's.</summary>
public sealed record ClipVisionConfig
{
    public long HiddenSize { get; init; } = 768;

    public long IntermediateSize { get; init; } = 3072;

    public int NumHiddenLayers { get; init; } = 12;

    public long NumAttentionHeads { get; init; } = 12;

    public long NumChannels { get; init; } = 3;

    /// <summary>Width and height of the input.</summary>
    public int ImageSize { get; init; } = 224;

    /// <summary>Width and height of what becomes one token.</summary>
    public int PatchSize { get; init; } = 32;

    public double LayerNormEps { get; init; } = 1e-5;

    /// <summary>x * sigmoid(1.702 x), as OpenAI's CLIP; false: exact GELU.</summary>
    public bool QuickGelu { get; init; } = true;

    /// <summary>Reads the <c>vision_config</c> of a <c>config.json</c>.</summary>
    /// <param name="file">Names the file in errors.</param>
    /// <exception cref="Checkpoints.CheckpointException">Values that make no sense or belong to another architecture, all of
    /// them.</exception>
    public static ClipVisionConfig Parse(JsonElement json, string file)
    {
        var reader = new ConfigReader(json, file);
        var standard = new ClipVisionConfig();
        var config = new ClipVisionConfig
        {
            HiddenSize = reader.Number("hidden_size", standard.HiddenSize),
            IntermediateSize = reader.Number("intermediate_size", standard.IntermediateSize),
            NumHiddenLayers = reader.Count("num_hidden_layers", standard.NumHiddenLayers),
            NumAttentionHeads = reader.Number("num_attention_heads", standard.NumAttentionHeads),
            NumChannels = reader.Number("num_channels", standard.NumChannels),
            ImageSize = reader.Pixels("image_size", standard.ImageSize),
            PatchSize = reader.Pixels("patch_size", standard.PatchSize),
            LayerNormEps = reader.Real("layer_norm_eps", standard.LayerNormEps),
            QuickGelu = reader.Choice("hidden_act", "gelu", "quick_gelu", standard.QuickGelu),
        };
        reader.DemandDivides("num_attention_heads", config.NumAttentionHeads, "hidden_size", config.HiddenSize);
        reader.DemandDivides("patch_size", config.PatchSize, "image_size", config.ImageSize);
        reader.ThrowIfFaulty();
        return config;
    }
}
