using LoraFunctions.Diffusion.Models.Layers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Models;

/// <summary>
/// Stable Diffusion's autoencoder (Rombach et al. 2022) with diffusers' names: pictures to latents of 1/8 the size and back. Computed in
/// fp32; pictures above <see cref="TileAbove"/> go through in overlapping tiles.
/// </summary>
public sealed class AutoencoderKL : nn.Module
{
    private const double NormEpsilon = 1e-6;

    private readonly VaeEncoder encoder;
    private readonly VaeDecoder decoder;
    private readonly ConvLayer quant_conv;
    private readonly ConvLayer post_quant_conv;

    public AutoencoderKL(VaeConfig config, ParameterSource parameters)
        : base(nameof(AutoencoderKL))
    {
        Config = config;
        var root = new ParameterScope(parameters);
        encoder = new VaeEncoder(config, root["encoder"]);
        decoder = new VaeDecoder(config, root["decoder"]);
        quant_conv = new ConvLayer(root["quant_conv"], config.LatentChannels * 2, config.LatentChannels * 2, kernel: 1);
        post_quant_conv = new ConvLayer(root["post_quant_conv"], config.LatentChannels, config.LatentChannels, kernel: 1);
        RegisterComponents();
    }

    public VaeConfig Config { get; }

    /// <summary>Largest picture side, in pixels, that is computed whole; larger ones are tiled. 0: never tile.</summary>
    public int TileAbove { get; set; } = 1024;

    /// <summary>Side of a tile in pixels; neighbours overlap by a quarter of it and are blended there.</summary>
    public int TileSize { get; set; } = 768;

    /// <param name="pixels">[B, 3, H, W] in [-1, 1]; H and W multiples of <see cref="VaeConfig.PixelsPerLatent"/>.</param>
    /// <returns>Mean and logarithm of the variance, [B, 4, H/8, W/8] each, not scaled; the variance within [-30, 20].</returns>
    /// <exception cref="ArgumentException">A size that is no multiple.</exception>
    public VaeMoments Encode(Tensor pixels)
    {
        var factor = Config.PixelsPerLatent;
        if (pixels.dim() != 4 || pixels.shape[2] % factor != 0 || pixels.shape[3] % factor != 0 || pixels.numel() == 0)
        {
            throw new ArgumentException($"Pixels are [{string.Join(", ", pixels.shape)}]; the autoencoder takes [batch, "
                + $"{Config.InChannels}, height, width] with both multiples of {factor}.", nameof(pixels));
        }

        using var scope = NewDisposeScope();
        var input = pixels.to(quant_conv.Weight.dtype, quant_conv.Weight.device);
        var moments = IsTiled(pixels.shape[2], pixels.shape[3])
            ? VaeTiles.Map(input, EncodeWhole, TileSize, TileSize / 4, pixelsIn: factor, pixelsOut: 1)
            : EncodeWhole(input);
        var halves = moments.chunk(2, 1);
        return new VaeMoments(
            halves[0].to(pixels.dtype, pixels.device).contiguous().MoveToOuterDisposeScope(),
            halves[1].Clamped(-30, 20).to(pixels.dtype, pixels.device).contiguous().MoveToOuterDisposeScope());
    }

    /// <param name="latents">[B, 4, H/8, W/8], already divided by <see cref="VaeConfig.ScalingFactor"/>.</param>
    /// <returns>[B, 3, H, W], about [-1, 1], not clamped; contiguous.</returns>
    public Tensor Decode(Tensor latents)
    {
        using var scope = NewDisposeScope();
        var factor = Config.PixelsPerLatent;
        var input = latents.to(quant_conv.Weight.dtype, quant_conv.Weight.device);
        var pixels = IsTiled(latents.shape[2] * factor, latents.shape[3] * factor)
            ? VaeTiles.Map(input, DecodeWhole, TileSize / factor, TileSize / factor / 4, pixelsIn: 1, pixelsOut: factor)
            : DecodeWhole(input);
        return pixels.to(latents.dtype, latents.device).contiguous().MoveToOuterDisposeScope();
    }

    private bool IsTiled(long height, long width) => TileAbove > 0 && Math.Max(height, width) > TileAbove;

    private Tensor EncodeWhole(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        return quant_conv.forward(encoder.forward(Activations.ChannelsLast(pixels))).MoveToOuterDisposeScope();
    }

    private Tensor DecodeWhole(Tensor latents)
    {
        using var scope = NewDisposeScope();
        return decoder.forward(post_quant_conv.forward(Activations.ChannelsLast(latents))).MoveToOuterDisposeScope();
    }

    /// <summary>The next step's result; the step's input goes at once.</summary>
    private static Tensor Next(Tensor input, Func<Tensor, Tensor> step)
    {
        using (input)
        {
            return step(input);
        }
    }

    internal sealed class VaeEncoder : nn.Module<Tensor, Tensor>
    {
        private readonly ConvLayer conv_in;
        private readonly ModuleList<EncoderBlock> down_blocks;
        private readonly VaeMidBlock mid_block;
        private readonly GroupNormLayer conv_norm_out;
        private readonly ConvLayer conv_out;

        public VaeEncoder(VaeConfig config, ParameterScope parameters)
            : base(nameof(VaeEncoder))
        {
            var channels = config.BlockOutChannels;
            conv_in = new ConvLayer(parameters["conv_in"], config.InChannels, channels[0], kernel: 3, padding: 1);
            down_blocks = new ModuleList<EncoderBlock>([.. Enumerable.Range(0, channels.Count).Select(i => new EncoderBlock(
                config, parameters["down_blocks"][i], channels[Math.Max(i - 1, 0)], channels[i], isLast: i == channels.Count - 1))]);
            mid_block = new VaeMidBlock(config, parameters["mid_block"]);
            conv_norm_out = new GroupNormLayer(parameters["conv_norm_out"], config.NormNumGroups, channels[^1], NormEpsilon);
            conv_out = new ConvLayer(parameters["conv_out"], channels[^1], config.LatentChannels * 2, kernel: 3, padding: 1);
            RegisterComponents();
        }

        public override Tensor forward(Tensor pixels)
        {
            using var scope = NewDisposeScope();
            var hidden = conv_in.forward(pixels);
            foreach (var block in down_blocks)
            {
                hidden = Next(hidden, block.forward);
            }

            hidden = Next(hidden, mid_block.forward);
            hidden = Next(hidden, conv_norm_out.ForwardSilu);
            return conv_out.forward(hidden).MoveToOuterDisposeScope();
        }
    }

    internal sealed class VaeDecoder : nn.Module<Tensor, Tensor>
    {
        private readonly ConvLayer conv_in;
        private readonly VaeMidBlock mid_block;
        private readonly ModuleList<DecoderBlock> up_blocks;
        private readonly GroupNormLayer conv_norm_out;
        private readonly ConvLayer conv_out;

        public VaeDecoder(VaeConfig config, ParameterScope parameters)
            : base(nameof(VaeDecoder))
        {
            var channels = config.BlockOutChannels.Reverse().ToList();
            conv_in = new ConvLayer(parameters["conv_in"], config.LatentChannels, channels[0], kernel: 3, padding: 1);
            mid_block = new VaeMidBlock(config, parameters["mid_block"]);
            up_blocks = new ModuleList<DecoderBlock>([.. Enumerable.Range(0, channels.Count).Select(i => new DecoderBlock(
                config, parameters["up_blocks"][i], channels[Math.Max(i - 1, 0)], channels[i], isLast: i == channels.Count - 1))]);
            conv_norm_out = new GroupNormLayer(parameters["conv_norm_out"], config.NormNumGroups, channels[^1], NormEpsilon);
            conv_out = new ConvLayer(parameters["conv_out"], channels[^1], config.OutChannels, kernel: 3, padding: 1);
            RegisterComponents();
        }

        public override Tensor forward(Tensor latents)
        {
            using var scope = NewDisposeScope();
            var hidden = conv_in.forward(latents);
            hidden = Next(hidden, mid_block.forward);
            foreach (var block in up_blocks)
            {
                hidden = Next(hidden, block.forward);
            }

            hidden = Next(hidden, conv_norm_out.ForwardSilu);
            return conv_out.forward(hidden).MoveToOuterDisposeScope();
        }
    }

    internal sealed class EncoderBlock : nn.Module<Tensor, Tensor>
    {
        private readonly ModuleList<ResnetBlock2D> resnets;
        private readonly ModuleList<Downsample2D>? downsamplers;

        public EncoderBlock(VaeConfig config, ParameterScope parameters, long inputs, long outputs, bool isLast)
            : base(nameof(EncoderBlock))
        {
            resnets = new ModuleList<ResnetBlock2D>([.. Enumerable.Range(0, config.LayersPerBlock).Select(i => new ResnetBlock2D(
                parameters["resnets"][i], i == 0 ? inputs : outputs, outputs, timeWidth: 0, config.NormNumGroups, NormEpsilon))]);
            downsamplers = isLast
                ? null : new ModuleList<Downsample2D>(new Downsample2D(parameters["downsamplers"][0], outputs, padding: 0));
            RegisterComponents();
        }

        public override Tensor forward(Tensor image)
        {
            using var scope = NewDisposeScope();
            var hidden = resnets[0].forward(image, null);
            foreach (var resnet in resnets.Skip(1))
            {
                hidden = Next(hidden, input => resnet.forward(input, null));
            }

            return (downsamplers is null ? hidden : Next(hidden, downsamplers[0].forward)).MoveToOuterDisposeScope();
        }
    }

    internal sealed class DecoderBlock : nn.Module<Tensor, Tensor>
    {
        private readonly ModuleList<ResnetBlock2D> resnets;
        private readonly ModuleList<Upsample2D>? upsamplers;

        public DecoderBlock(VaeConfig config, ParameterScope parameters, long inputs, long outputs, bool isLast)
            : base(nameof(DecoderBlock))
        {
            resnets = new ModuleList<ResnetBlock2D>([.. Enumerable.Range(0, config.LayersPerBlock + 1).Select(i => new ResnetBlock2D(
                parameters["resnets"][i], i == 0 ? inputs : outputs, outputs, timeWidth: 0, config.NormNumGroups, NormEpsilon))]);
            upsamplers = isLast ? null : new ModuleList<Upsample2D>(new Upsample2D(parameters["upsamplers"][0], outputs));
            RegisterComponents();
        }

        public override Tensor forward(Tensor image)
        {
            using var scope = NewDisposeScope();
            var hidden = resnets[0].forward(image, null);
            foreach (var resnet in resnets.Skip(1))
            {
                hidden = Next(hidden, input => resnet.forward(input, null));
            }

            return (upsamplers is null ? hidden : Next(hidden, upsamplers[0].forward)).MoveToOuterDisposeScope();
        }
    }

    internal sealed class VaeMidBlock : nn.Module<Tensor, Tensor>
    {
        private readonly ModuleList<ResnetBlock2D> resnets;
        private readonly ModuleList<AttentionLayer>? attentions;

        public VaeMidBlock(VaeConfig config, ParameterScope parameters)
            : base(nameof(VaeMidBlock))
        {
            var width = config.BlockOutChannels[^1];
            resnets = new ModuleList<ResnetBlock2D>([.. Enumerable.Range(0, 2).Select(i => new ResnetBlock2D(
                parameters["resnets"][i], width, width, timeWidth: 0, config.NormNumGroups, NormEpsilon))]);
            attentions = !config.MidBlockAttention ? null : new ModuleList<AttentionLayer>(new AttentionLayer(
                parameters["attentions"][0], width, width, heads: 1, projectionBias: true, config.NormNumGroups, NormEpsilon));
            RegisterComponents();
        }

        public override Tensor forward(Tensor image)
        {
            using var scope = NewDisposeScope();
            var hidden = resnets[0].forward(image, null);
            hidden = attentions is null ? hidden : Next(hidden, attentions[0].ForwardImage);
            return resnets[1].forward(hidden, null).MoveToOuterDisposeScope();
        }
    }
}

/// <summary>What a picture is encoded to: a normal distribution per latent. Its tensors belong to the caller's dispose scope.</summary>
/// <param name="Mean">[B, 4, H/8, W/8], not scaled.</param>
/// <param name="LogVariance">[B, 4, H/8, W/8], within [-30, 20].</param>
public sealed record VaeMoments(Tensor Mean, Tensor LogVariance)
{
    /// <summary>[B, 4, H/8, W/8].</summary>
    public Tensor StandardDeviation()
    {
        using var half = LogVariance.Times(0.5);
        return half.exp();
    }

    /// <summary>mean + standard deviation * noise, not scaled.</summary>
    /// <param name="noise">[B, 4, H/8, W/8] from a standard normal distribution.</param>
    public Tensor Sample(Tensor noise)
    {
        using var deviation = StandardDeviation();
        using var spread = deviation * noise;
        return Mean.Plus(spread);
    }
}
