using System.Text.Json;
using LoraFunctions.Diffusion.Models.Layers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Models;

/// <summary>Sizes of DINOv2, as in HF's <c>config.json</c>; the defaults are dinov2-small's.</summary>
public sealed record DinoV2Config
{
    public long HiddenSize { get; init; } = 384;

    public int NumHiddenLayers { get; init; } = 12;

    public long NumAttentionHeads { get; init; } = 6;

    public long NumChannels { get; init; } = 3;

    /// <summary>Width and height the table of positions is made for; others are interpolated.</summary>
    public int ImageSize { get; init; } = 518;

    /// <summary>Width and height of what becomes one token.</summary>
    public int PatchSize { get; init; } = 14;

    /// <summary>Width inside the feed-forward layers, in hidden sizes.</summary>
    public long MlpRatio { get; init; } = 4;

    public double LayerNormEps { get; init; } = 1e-6;

    /// <summary>Reads a <c>config.json</c>.</summary>
    /// <param name="file">Names the file in errors.</param>
    /// <exception cref="Checkpoints.CheckpointException">Values that make no sense or belong to another architecture, all of
    /// them.</exception>
    public static DinoV2Config Parse(JsonElement json, string file)
    {
        var reader = new ConfigReader(json, file);
        var standard = new DinoV2Config();
        var config = new DinoV2Config
        {
            HiddenSize = reader.Number("hidden_size", standard.HiddenSize),
            NumHiddenLayers = reader.Count("num_hidden_layers", standard.NumHiddenLayers),
            NumAttentionHeads = reader.Number("num_attention_heads", standard.NumAttentionHeads),
            NumChannels = reader.Number("num_channels", standard.NumChannels),
            ImageSize = reader.Pixels("image_size", standard.ImageSize),
            PatchSize = reader.Pixels("patch_size", standard.PatchSize),
            MlpRatio = reader.Number("mlp_ratio", standard.MlpRatio, largest: 64),
            LayerNormEps = reader.Real("layer_norm_eps", standard.LayerNormEps),
        };
        reader.Demand("model_type", "dinov2");
        reader.Demand("hidden_act", "gelu");
        reader.Demand("qkv_bias", true);
        reader.Demand("use_swiglu_ffn", false);
        reader.DemandDivides("num_attention_heads", config.NumAttentionHeads, "hidden_size", config.HiddenSize);
        reader.DemandDivides("patch_size", config.PatchSize, "image_size", config.ImageSize);
        reader.ThrowIfFaulty();
        return config;
    }
}

/// <summary>DINOv2 (Oquab et al. 2023, arXiv 2304.07193), a vision transformer with layer scale, with HF's names.</summary>
public sealed class DinoV2Model : nn.Module<Tensor, Tensor>
{
    private readonly Embeddings embeddings;
    private readonly Encoder encoder;
    private readonly LayerNormLayer layernorm;

    public DinoV2Model(DinoV2Config config, ParameterSource parameters)
        : base(nameof(DinoV2Model))
    {
        Config = config;
        var root = new ParameterScope(parameters);
        embeddings = new Embeddings(config, root["embeddings"]);
        encoder = new Encoder(config, root["encoder"]);
        layernorm = new LayerNormLayer(root["layernorm"], config.HiddenSize, config.LayerNormEps);
        RegisterComponents();
    }

    public DinoV2Config Config { get; }

    /// <param name="pixelValues">[B, 3, H, W], normalised; what is left of a whole patch at the right and the bottom is not looked at.</param>
    /// <returns>[B, 1 + patches, width] after the final norm: the class token, then the patches row by row.</returns>
    /// <exception cref="ArgumentException">Less than a patch, or not so many channels.</exception>
    public override Tensor forward(Tensor pixelValues)
    {
        if (pixelValues.dim() != 4 || pixelValues.shape[1] != Config.NumChannels || pixelValues.shape[2] < Config.PatchSize || pixelValues.shape[3] < Config.PatchSize)
        {
            throw new ArgumentException(
                $"Pixel values are [{string.Join(", ", pixelValues.shape)}]; DINOv2 takes [batch, {Config.NumChannels}, height, width] of at least "
                + $"{Config.PatchSize}x{Config.PatchSize}.", nameof(pixelValues));
        }

        using var scope = NewDisposeScope();
        return layernorm.forward(encoder.forward(embeddings.forward(pixelValues))).MoveToOuterDisposeScope();
    }

    /// <inheritdoc cref="Embeddings.Positions"/>
    internal Tensor Positions(long height, long width) => embeddings.Positions(height, width);

    internal sealed class Embeddings : nn.Module<Tensor, Tensor>
    {
        private readonly Parameter cls_token;
        private readonly Parameter position_embeddings;
        private readonly PatchEmbeddings patch_embeddings;
        private readonly int side;

        public Embeddings(DinoV2Config config, ParameterScope parameters)
            : base(nameof(Embeddings))
        {
            side = config.ImageSize / config.PatchSize;
            cls_token = parameters.Create("cls_token", ParameterKind.Embedding, 1, 1, config.HiddenSize);
            position_embeddings = parameters.Create("position_embeddings", ParameterKind.Embedding, 1, 1 + (side * side), config.HiddenSize);
            patch_embeddings = new PatchEmbeddings(config, parameters["patch_embeddings"]);
            RegisterComponents();
        }

        /// <summary>[B, 3, H, W] to [B, 1 + patches, width].</summary>
        public override Tensor forward(Tensor pixelValues)
        {
            using var scope = NewDisposeScope();
            var image = patch_embeddings.forward(Activations.ChannelsLast(pixelValues.to(cls_token.dtype).to(cls_token.device)));
            var tokens = Activations.Tokens(image);
            return cat([cls_token.expand(tokens.shape[0], 1, -1), tokens], 1).PlusInPlace(Positions(image.shape[2], image.shape[3])).MoveToOuterDisposeScope();
        }

        /// <summary>The table, its patches resized to another grid (HF's rule: to the very size, without anti-aliasing).</summary>
        internal Tensor Positions(long height, long width)
        {
            if (height == side && width == side)
            {
                return position_embeddings.alias();
            }

            using var scope = NewDisposeScope();
            var grid = position_embeddings.slice(1, 1, long.MaxValue, 1).reshape(1, side, side, -1).permute(0, 3, 1, 2);
            var resized = nn.functional.interpolate(grid, size: [height, width], mode: InterpolationMode.Bicubic, align_corners: false);
            return cat([position_embeddings.slice(1, 0, 1, 1), Activations.Tokens(resized)], 1).MoveToOuterDisposeScope();
        }
    }

    internal sealed class PatchEmbeddings : nn.Module<Tensor, Tensor>
    {
        private readonly ConvLayer projection;

        public PatchEmbeddings(DinoV2Config config, ParameterScope parameters)
            : base(nameof(PatchEmbeddings))
        {
            projection = new ConvLayer(parameters["projection"], config.NumChannels, config.HiddenSize, config.PatchSize, stride: config.PatchSize);
            RegisterComponents();
        }

        public override Tensor forward(Tensor pixels) => projection.forward(pixels);
    }

    internal sealed class Encoder : nn.Module<Tensor, Tensor>
    {
        private readonly ModuleList<Layer> layer;

        public Encoder(DinoV2Config config, ParameterScope parameters)
            : base(nameof(Encoder))
        {
            layer = new ModuleList<Layer>([.. Enumerable.Range(0, config.NumHiddenLayers).Select(i => new Layer(config, parameters["layer"][i]))]);
            RegisterComponents();
        }

        public override Tensor forward(Tensor tokens)
        {
            using var scope = NewDisposeScope();
            return layer.Aggregate(tokens, (hidden, next) => next.forward(hidden)).MoveToOuterDisposeScope();
        }
    }

    internal sealed class Layer : nn.Module<Tensor, Tensor>
    {
        private readonly LayerNormLayer norm1;
        private readonly Attention attention;
        private readonly LayerScale layer_scale1;
        private readonly LayerNormLayer norm2;
        private readonly ClipEncoder.ClipMlp mlp;
        private readonly LayerScale layer_scale2;

        public Layer(DinoV2Config config, ParameterScope parameters)
            : base(nameof(Layer))
        {
            norm1 = new LayerNormLayer(parameters["norm1"], config.HiddenSize, config.LayerNormEps);
            attention = new Attention(config, parameters["attention"]);
            layer_scale1 = new LayerScale(config, parameters["layer_scale1"]);
            norm2 = new LayerNormLayer(parameters["norm2"], config.HiddenSize, config.LayerNormEps);
            mlp = new ClipEncoder.ClipMlp(parameters["mlp"], config.HiddenSize, config.HiddenSize * config.MlpRatio, quickGelu: false);
            layer_scale2 = new LayerScale(config, parameters["layer_scale2"]);
            RegisterComponents();
        }

        public override Tensor forward(Tensor tokens)
        {
            using var scope = NewDisposeScope();
            var hidden = layer_scale1.forward(attention.forward(norm1.forward(tokens))).PlusInPlace(tokens);
            return layer_scale2.forward(mlp.forward(norm2.forward(hidden))).PlusInPlace(hidden).MoveToOuterDisposeScope();
        }
    }

    /// <summary>Every channel of a branch times a number of its own (Touvron et al. 2021).</summary>
    internal sealed class LayerScale : nn.Module<Tensor, Tensor>
    {
        private readonly Parameter lambda1;

        public LayerScale(DinoV2Config config, ParameterScope parameters)
            : base(nameof(LayerScale))
        {
            lambda1 = parameters.Create("lambda1", ParameterKind.NormWeight, config.HiddenSize);
            RegisterComponents();
        }

        public override Tensor forward(Tensor branch) => branch * lambda1;
    }

    internal sealed class Attention : nn.Module<Tensor, Tensor>
    {
        private readonly Projections attention;
        private readonly Output output;
        private readonly long heads;

        public Attention(DinoV2Config config, ParameterScope parameters)
            : base(nameof(Attention))
        {
            heads = config.NumAttentionHeads;
            attention = new Projections(config, parameters["attention"]);
            output = new Output(config, parameters["output"]);
            RegisterComponents();
        }

        public override Tensor forward(Tensor tokens)
        {
            using var scope = NewDisposeScope();
            var (query, key, value) = attention.Of(tokens, heads);
            return output.forward(AttentionLayer.Attend(query, key, value, causal: false)).MoveToOuterDisposeScope();
        }
    }

    internal sealed class Projections : nn.Module
    {
        private readonly LinearLayer query;
        private readonly LinearLayer key;
        private readonly LinearLayer value;

        public Projections(DinoV2Config config, ParameterScope parameters)
            : base(nameof(Projections))
        {
            query = new LinearLayer(parameters["query"], config.HiddenSize, config.HiddenSize);
            key = new LinearLayer(parameters["key"], config.HiddenSize, config.HiddenSize);
            value = new LinearLayer(parameters["value"], config.HiddenSize, config.HiddenSize);
            RegisterComponents();
        }

        public (Tensor Query, Tensor Key, Tensor Value) Of(Tensor tokens, long heads) => (
            AttentionLayer.Split(query.forward(tokens), heads),
            AttentionLayer.Split(key.forward(tokens), heads),
            AttentionLayer.Split(value.forward(tokens), heads));
    }

    internal sealed class Output : nn.Module<Tensor, Tensor>
    {
        private readonly LinearLayer dense;

        public Output(DinoV2Config config, ParameterScope parameters)
            : base(nameof(Output))
        {
            dense = new LinearLayer(parameters["dense"], config.HiddenSize, config.HiddenSize);
            RegisterComponents();
        }

        public override Tensor forward(Tensor tokens) => dense.forward(tokens);
    }
}
