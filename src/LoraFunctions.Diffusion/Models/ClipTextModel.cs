using System.Text.Json;
using LoraFunctions.Diffusion.Models.Layers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

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

/// <summary>What the text tower computes; its tensors belong to the caller's dispose scope.</summary>
/// <param name="HiddenStates">The embeddings and every layer's output, [B, T, width] each, without the final norm.</param>
/// <param name="LastHiddenState">The last of them after the final norm.</param>
/// <param name="PooledOutput">[B, width]: <paramref name="LastHiddenState"/> at each row's end mark.</param>
public sealed record ClipTextOutput(IReadOnlyList<Tensor> HiddenStates, Tensor LastHiddenState, Tensor PooledOutput);

/// <summary>
/// CLIP's text tower (Radford et al. 2021), Stable Diffusion's prompt encoder, with HF's names. Causal attention without a padding mask:
/// Stable Diffusion was trained seeing the padding.
/// </summary>
public sealed class ClipTextModel : nn.Module<Tensor, ClipTextOutput>
{
    private readonly TextTransformer text_model;

    public ClipTextModel(ClipTextConfig config, ParameterSource parameters)
        : base(nameof(ClipTextModel))
    {
        Config = config;
        text_model = new TextTransformer(config, new ParameterScope(parameters)["text_model"]);
        RegisterComponents();
    }

    public ClipTextConfig Config { get; }

    /// <summary>Wraps every transformer layer (gradient checkpointing); null runs it straight.</summary>
    public BlockRunner? RunBlock
    {
        get => text_model.Encoder.RunBlock;
        set => text_model.Encoder.RunBlock = value;
    }

    /// <summary>Every linear layer, by its path in the checkpoint.</summary>
    public IEnumerable<KeyValuePair<string, IAdaptableLayer>> AdaptableLayers() => AdaptableLayer.Of(this);

    /// <param name="inputIds">[B, T] int64, T at most <see cref="ClipTextConfig.MaxPositionEmbeddings"/>.</param>
    /// <exception cref="ArgumentException">More tokens than positions.</exception>
    public override ClipTextOutput forward(Tensor inputIds)
    {
        using var scope = NewDisposeScope();
        var states = text_model.Encoder.EveryState(text_model.Embed(inputIds));
        var last = text_model.FinalNorm(states[^1]);

        // The end mark is the highest id; the first one, where the padding repeats it.
        var ends = inputIds.to(last.device).argmax(-1, keepdim: true).unsqueeze(-1).expand(-1, -1, last.shape[2]);
        var pooled = last.gather(1, ends).squeeze(1);
        return new ClipTextOutput(
            [.. states.Select(state => state.MoveToOuterDisposeScope())],
            last.MoveToOuterDisposeScope(),
            pooled.MoveToOuterDisposeScope());
    }

    /// <summary>What the UNet attends to: [B, T] int64 to [B, T, width], final norm applied.</summary>
    /// <param name="clipSkip">1: the last layer's output; 2: the one before it, and so on, as WebUI counts.</param>
    /// <exception cref="ArgumentException">More tokens than positions.</exception>
    /// <exception cref="ArgumentOutOfRangeException">Clip skip below 1 or above the number of layers.</exception>
    public Tensor Encode(Tensor inputIds, int clipSkip = 1)
    {
        if (clipSkip < 1 || clipSkip > Config.NumHiddenLayers)
        {
            throw new ArgumentOutOfRangeException(
                nameof(clipSkip), clipSkip, $"Clip skip must be from 1 (the last layer) to {Config.NumHiddenLayers} (the first).");
        }

        using var scope = NewDisposeScope();
        var states = text_model.Encoder.EveryState(text_model.Embed(inputIds), skipLast: clipSkip - 1);
        return text_model.FinalNorm(states[^1]).MoveToOuterDisposeScope();
    }

    internal sealed class TextTransformer : nn.Module
    {
        private readonly TextEmbeddings embeddings;
        private readonly ClipEncoder encoder;
        private readonly LayerNormLayer final_layer_norm;

        public TextTransformer(ClipTextConfig config, ParameterScope parameters)
            : base(nameof(TextTransformer))
        {
            embeddings = new TextEmbeddings(config, parameters["embeddings"]);
            encoder = new ClipEncoder(
                parameters["encoder"], config.NumHiddenLayers, config.HiddenSize, config.IntermediateSize, config.NumAttentionHeads,
                    config.LayerNormEps, config.QuickGelu, causal: true);
            final_layer_norm = new LayerNormLayer(parameters["final_layer_norm"], config.HiddenSize, config.LayerNormEps);
            RegisterComponents();
        }

        public ClipEncoder Encoder => encoder;

        public Tensor Embed(Tensor inputIds) => embeddings.forward(inputIds);

        public Tensor FinalNorm(Tensor hidden) => final_layer_norm.forward(hidden);
    }

    internal sealed class TextEmbeddings : nn.Module<Tensor, Tensor>
    {
        private readonly EmbeddingLayer token_embedding;
        private readonly EmbeddingLayer position_embedding;

        public TextEmbeddings(ClipTextConfig config, ParameterScope parameters)
            : base(nameof(TextEmbeddings))
        {
            token_embedding = new EmbeddingLayer(parameters["token_embedding"], config.VocabSize, config.HiddenSize);
            position_embedding = new EmbeddingLayer(parameters["position_embedding"], config.MaxPositionEmbeddings, config.HiddenSize);
            RegisterComponents();
        }

        public override Tensor forward(Tensor inputIds)
        {
            var positions = position_embedding.Table;
            if (inputIds.dim() != 2 || inputIds.shape[1] > positions.shape[0])
            {
                throw new ArgumentException($"Token ids are [{string.Join(", ", inputIds.shape)}]; the text encoder takes [batch, up "
                    + $"to {positions.shape[0]} tokens].", nameof(inputIds));
            }

            using var ids = inputIds.to(positions.device);
            using var used = positions.slice(0, 0, inputIds.shape[1], 1);
            return token_embedding.forward(ids).PlusInPlace(used);
        }
    }
}
