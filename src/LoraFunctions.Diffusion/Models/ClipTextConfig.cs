using System.Text.Json;

namespace LoraFunctions.Diffusion.Models;

/// <summary>Sizes of CLIP's text tower, as in HF's <c>config.json</c>; the defaults are Stable Diffusion 1.5's text encoder.</summary>
public sealed record ClipTextConfig
{
    /// <summary>What an absent key of a CLIP model's <c>text_config</c> means there (CLIP ViT-B/32).</summary>
    public static ClipTextConfig VitB32 { get; } = new() { HiddenSize = 512, IntermediateSize = 2048, NumAttentionHeads = 8 };

    public long VocabSize { get; init; } = 49408;

    public long HiddenSize { get; init; } = 768;

    public long IntermediateSize { get; init; } = 3072;

    public int NumHiddenLayers { get; init; } = 12;

    public long NumAttentionHeads { get; init; } = 12;

    /// <summary>Most tokens in one row, start and end marks included.</summary>
    public long MaxPositionEmbeddings { get; init; } = 77;

    public double LayerNormEps { get; init; } = 1e-5;

    /// <summary>x * sigmoid(1.702 x), as OpenAI's CLIP; false: exact GELU.</summary>
    public bool QuickGelu { get; init; } = true;

    /// <summary>Reads a <c>config.json</c> or its <c>text_config</c>.</summary>
    /// <param name="file">Names the file in errors.</param>
    /// <param name="absent">What absent keys mean; null: Stable Diffusion 1.5's values.</param>
    /// <exception cref="Checkpoints.CheckpointException">Values that make no sense or belong to another architecture, all of
    /// them.</exception>
    public static ClipTextConfig Parse(JsonElement json, string file, ClipTextConfig? absent = null)
    {
        var reader = new ConfigReader(json, file);
        var standard = absent ?? new ClipTextConfig();
        var config = new ClipTextConfig
        {
            VocabSize = reader.Number("vocab_size", standard.VocabSize),
            HiddenSize = reader.Number("hidden_size", standard.HiddenSize),
            IntermediateSize = reader.Number("intermediate_size", standard.IntermediateSize),
            NumHiddenLayers = reader.Count("num_hidden_layers", standard.NumHiddenLayers),
            NumAttentionHeads = reader.Number("num_attention_heads", standard.NumAttentionHeads),
            MaxPositionEmbeddings = reader.Number("max_position_embeddings", standard.MaxPositionEmbeddings),
            LayerNormEps = reader.Real("layer_norm_eps", standard.LayerNormEps),
            QuickGelu = reader.Choice("hidden_act", "gelu", "quick_gelu", standard.QuickGelu),
        };
        reader.DemandDivides("num_attention_heads", config.NumAttentionHeads, "hidden_size", config.HiddenSize);
        reader.ThrowIfFaulty();
        return config;
    }
}
