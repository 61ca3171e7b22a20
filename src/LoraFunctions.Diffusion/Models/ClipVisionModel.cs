using System.Text.Json;
using LoraFunctions.Diffusion.Models.Layers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

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

/// <summary>What the vision tower computes; its tensors belong to the caller's dispose scope.</summary>
/// <param name="LastHiddenState">[B, 1 + patches, width], without the final norm.</param>
/// <param name="PooledOutput">[B, width]: the class token after the final norm.</param>
public sealed record ClipVisionOutput(Tensor LastHiddenState, Tensor PooledOutput);

/// <summary>CLIP's vision tower (a ViT with a norm before its transformer), with HF's names.</summary>
public sealed class ClipVisionModel : nn.Module<Tensor, ClipVisionOutput>
{
    private readonly VisionTransformer vision_model;

    public ClipVisionModel(ClipVisionConfig config, ParameterSource parameters)
        : base(nameof(ClipVisionModel))
    {
        Config = config;
        vision_model = new VisionTransformer(config, new ParameterScope(parameters)["vision_model"]);
        RegisterComponents();
    }

    public ClipVisionConfig Config { get; }

    /// <param name="pixelValues">[B, 3, size, size], normalised as <c>ImageProcessor</c> does.</param>
    /// <exception cref="ArgumentException">Another size than the position embeddings are made for.</exception>
    public override ClipVisionOutput forward(Tensor pixelValues)
    {
        if (pixelValues.dim() != 4 || pixelValues.shape[2] != Config.ImageSize || pixelValues.shape[3] != Config.ImageSize)
        {
            throw new ArgumentException(
                $"Pixel values are [{string.Join(", ", pixelValues.shape)}]; the vision tower takes [batch, {Config.NumChannels}, "
                    + $"{Config.ImageSize}, {Config.ImageSize}].", nameof(pixelValues));
        }

        using var scope = NewDisposeScope();
        var last = vision_model.Encode(pixelValues);
        var pooled = vision_model.PostNorm(last.select(1, 0));
        return new ClipVisionOutput(last.MoveToOuterDisposeScope(), pooled.MoveToOuterDisposeScope());
    }

    internal sealed class VisionTransformer : nn.Module
    {
        private readonly VisionEmbeddings embeddings;

        // Spelled so in every checkpoint.
        private readonly LayerNormLayer pre_layrnorm;
        private readonly ClipEncoder encoder;
        private readonly LayerNormLayer post_layernorm;

        public VisionTransformer(ClipVisionConfig config, ParameterScope parameters)
            : base(nameof(VisionTransformer))
        {
            embeddings = new VisionEmbeddings(config, parameters["embeddings"]);
            pre_layrnorm = new LayerNormLayer(parameters["pre_layrnorm"], config.HiddenSize, config.LayerNormEps);
            encoder = new ClipEncoder(
                parameters["encoder"], config.NumHiddenLayers, config.HiddenSize, config.IntermediateSize, config.NumAttentionHeads,
                    config.LayerNormEps, config.QuickGelu, causal: false);
            post_layernorm = new LayerNormLayer(parameters["post_layernorm"], config.HiddenSize, config.LayerNormEps);
            RegisterComponents();
        }

        public Tensor Encode(Tensor pixelValues)
        {
            using var scope = NewDisposeScope();
            return encoder.forward(pre_layrnorm.forward(embeddings.forward(pixelValues))).MoveToOuterDisposeScope();
        }

        public Tensor PostNorm(Tensor hidden) => post_layernorm.forward(hidden);
    }

    internal sealed class VisionEmbeddings : nn.Module<Tensor, Tensor>
    {
        private readonly Parameter class_embedding;
        private readonly ConvLayer patch_embedding;
        private readonly EmbeddingLayer position_embedding;

        public VisionEmbeddings(ClipVisionConfig config, ParameterScope parameters)
            : base(nameof(VisionEmbeddings))
        {
            var patches = config.ImageSize / config.PatchSize;
            class_embedding = parameters.Create("class_embedding", ParameterKind.Embedding, config.HiddenSize);
            patch_embedding = new ConvLayer(parameters["patch_embedding"], config.NumChannels, config.HiddenSize, config.PatchSize,
                stride: config.PatchSize, hasBias: false);
            position_embedding = new EmbeddingLayer(parameters["position_embedding"], (patches * patches) + 1, config.HiddenSize);
            RegisterComponents();
        }

        /// <summary>[B, 3, size, size] to [B, 1 + patches, width].</summary>
        public override Tensor forward(Tensor pixelValues)
        {
            using var scope = NewDisposeScope();
            var pixels = Activations.ChannelsLast(pixelValues.to(class_embedding.dtype).to(class_embedding.device));
            var patches = Activations.Tokens(patch_embedding.forward(pixels));
            var first = class_embedding.view(1, 1, -1).expand(patches.shape[0], 1, -1);
            return cat([first, patches], 1).PlusInPlace(position_embedding.Table).MoveToOuterDisposeScope();
        }
    }
}
