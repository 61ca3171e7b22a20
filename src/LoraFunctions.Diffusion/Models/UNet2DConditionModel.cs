using LoraFunctions.Diffusion.Models.Layers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Models;

/// <summary>
/// Stable Diffusion 1's UNet (Rombach et al. 2022) with diffusers' names. Channels-last memory throughout. What it predicts (the noise or
/// v) is a matter of its training: the scheduler's configuration says so.
/// </summary>
public sealed class UNet2DConditionModel : nn.Module<Tensor, Tensor, Tensor, Tensor>
{
    private readonly ConvLayer conv_in;
    private readonly TimeEmbedding time_embedding;
    private readonly ModuleList<DownBlock> down_blocks;
    private readonly MidBlock mid_block;
    private readonly ModuleList<UpBlock> up_blocks;
    private readonly GroupNormLayer conv_norm_out;
    private readonly ConvLayer conv_out;

    public UNet2DConditionModel(UNetConfig config, ParameterSource parameters)
        : base(nameof(UNet2DConditionModel))
    {
        Config = config;
        var root = new ParameterScope(parameters);
        var channels = config.BlockOutChannels;
        var levels = channels.Count;
        var timeWidth = channels[0] * 4;

        conv_in = new ConvLayer(root["conv_in"], config.InChannels, channels[0], kernel: 3, padding: 1);
        time_embedding = new TimeEmbedding(root["time_embedding"], channels[0], timeWidth);
        down_blocks = new ModuleList<DownBlock>([.. Enumerable.Range(0, levels).Select(level => new DownBlock(
            config, root["down_blocks"][level], level, inputs: channels[Math.Max(level - 1, 0)], timeWidth))]);
        mid_block = new MidBlock(config, root["mid_block"], timeWidth);
        up_blocks = new ModuleList<UpBlock>(
            [.. Enumerable.Range(0, levels).Select(i => new UpBlock(config, root["up_blocks"][i], i, timeWidth))]);
        conv_norm_out = new GroupNormLayer(root["conv_norm_out"], config.NormNumGroups, channels[0], config.NormEps);
        conv_out = new ConvLayer(root["conv_out"], channels[0], config.OutChannels, kernel: 3, padding: 1);
        RegisterComponents();
    }

    public UNetConfig Config { get; }

    /// <summary>Wraps every ResNet and every transformer (gradient checkpointing); null runs them straight.</summary>
    public BlockRunner? RunBlock { get; set; }

    /// <summary>Of the next passes' contexts: parts, each attended to where its mask says; null: a context is one.</summary>
    internal ContextParts? ContextParts
    {
        set
        {
            foreach (var block in named_modules().Select(m => m.module).OfType<TransformerBlock>())
            {
                block.ContextParts = value;
            }
        }
    }

    /// <summary>Every linear and convolutional layer, by its path in the checkpoint.</summary>
    public IEnumerable<KeyValuePair<string, IAdaptableLayer>> AdaptableLayers() => AdaptableLayer.Of(this);

    /// <summary>Predicts the noise (or v) in a noisy latent. Computed in the weights' precision, returned in the sample's.</summary>
    /// <param name="sample">[B, 4, H/8, W/8]; any size.</param>
    /// <param name="timesteps">[B] or [1], 0 to 999; fractions are allowed.</param>
    /// <param name="context">[B, T, <see cref="UNetConfig.CrossAttentionDim"/>].</param>
    /// <returns>[B, 4, H/8, W/8], contiguous.</returns>
    public override Tensor forward(Tensor sample, Tensor timesteps, Tensor context)
    {
        using var scope = NewDisposeScope();
        var (dtype, device) = (conv_in.Weight.dtype, conv_in.Weight.device);
        var prompt = context.to(dtype, device);
        var time = time_embedding.forward(TimeProjection(timesteps, sample.shape[0]).to(dtype, device));

        var input = sample.to(dtype, device);
        var hidden = conv_in.forward(Activations.ChannelsLast(Config.CenterInputSample ? input.Times(2).Minus(1) : input));

        var skips = new Stack<Tensor>([hidden]);
        foreach (var block in down_blocks)
        {
            hidden = block.Forward(hidden, time, prompt, skips, RunBlock);
        }

        hidden = mid_block.Forward(hidden, time, prompt, RunBlock);
        foreach (var block in up_blocks)
        {
            hidden = block.Forward(hidden, time, prompt, skips, RunBlock);
        }

        using var normed = conv_norm_out.ForwardSilu(hidden);
        return conv_out.forward(normed).to(sample.dtype, sample.device).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>Sinusoids of the timestep, [B, channels of the first level], in fp32.</summary>
    private Tensor TimeProjection(Tensor timesteps, long batch)
    {
        using var scope = NewDisposeScope();
        var half = Config.BlockOutChannels[0] / 2;
        var device = conv_in.Weight.device;
        var frequencies = TensorMath.Counted(half, device).Times(-Math.Log(10000) / (half - Config.FreqShift)).exp();
        var angles = timesteps.to(float32, device).reshape(-1, 1) * frequencies.unsqueeze(0);
        var (sine, cosine) = (angles.sin(), angles.cos());
        var both = Config.FlipSinToCos ? cat([cosine, sine], -1) : cat([sine, cosine], -1);
        return both.expand(batch, -1).MoveToOuterDisposeScope();
    }

    private static Tensor Run(BlockRunner? runner, ResnetBlock2D resnet, Tensor hidden, Tensor time) =>
        runner is null ? resnet.forward(hidden, time) : runner(inputs => resnet.forward(inputs[0], inputs[1]), [hidden, time]);

    private static Tensor Run(BlockRunner? runner, Transformer2D attention, Tensor hidden, Tensor context) =>
        runner is null ? attention.forward(hidden, context) : runner(inputs => attention.forward(inputs[0], inputs[1]), [hidden, context]);

    internal sealed class TimeEmbedding : nn.Module<Tensor, Tensor>
    {
        private readonly LinearLayer linear_1;
        private readonly LinearLayer linear_2;

        public TimeEmbedding(ParameterScope parameters, long inputs, long width)
            : base(nameof(TimeEmbedding))
        {
            linear_1 = new LinearLayer(parameters["linear_1"], inputs, width);
            linear_2 = new LinearLayer(parameters["linear_2"], width, width);
            RegisterComponents();
        }

        /// <summary>[B, inputs] to [B, width], with the SiLU every ResNet begins its projection with.</summary>
        public override Tensor forward(Tensor projection)
        {
            using var scope = NewDisposeScope();
            var hidden = Activations.Silu(linear_1.forward(projection));
            return Activations.Silu(linear_2.forward(hidden)).MoveToOuterDisposeScope();
        }
    }

    internal sealed class DownBlock : nn.Module
    {
        private readonly ModuleList<ResnetBlock2D> resnets;
        private readonly ModuleList<Transformer2D>? attentions;
        private readonly ModuleList<Downsample2D>? downsamplers;

        public DownBlock(UNetConfig config, ParameterScope parameters, int level, long inputs, long timeWidth)
            : base(nameof(DownBlock))
        {
            var width = config.BlockOutChannels[level];
            var layers = Enumerable.Range(0, config.LayersPerBlock).ToList();
            resnets = new ModuleList<ResnetBlock2D>([.. layers.Select(i => new ResnetBlock2D(
                parameters["resnets"][i], i == 0 ? inputs : width, width, timeWidth, config.NormNumGroups, config.NormEps))]);
            attentions = !config.DownAttention[level] ? null : new ModuleList<Transformer2D>([.. layers.Select(i => new Transformer2D(
                parameters["attentions"][i], width, config.CrossAttentionDim, config.AttentionHeads[level],
                    config.TransformerLayersPerBlock, config.NormNumGroups))]);
            downsamplers = level == config.BlockOutChannels.Count - 1 ? null
                : new ModuleList<Downsample2D>(new Downsample2D(parameters["downsamplers"][0], width, padding: 1));
            RegisterComponents();
        }

        /// <summary>Pushes what the way up will need; the results stay in the current dispose scope.</summary>
        public Tensor Forward(Tensor hidden, Tensor time, Tensor context, Stack<Tensor> skips, BlockRunner? runner)
        {
            for (var i = 0; i < resnets.Count; i++)
            {
                var after = Run(runner, resnets[i], hidden, time);
                hidden = after;
                if (attentions is not null)
                {
                    hidden = Run(runner, attentions[i], after, context);
                    after.Dispose();
                }

                skips.Push(hidden);
            }

            if (downsamplers is not null)
            {
                hidden = downsamplers[0].forward(hidden);
                skips.Push(hidden);
            }

            return hidden;
        }
    }

    internal sealed class MidBlock : nn.Module
    {
        private readonly ModuleList<ResnetBlock2D> resnets;
        private readonly ModuleList<Transformer2D> attentions;

        public MidBlock(UNetConfig config, ParameterScope parameters, long timeWidth)
            : base(nameof(MidBlock))
        {
            var width = config.BlockOutChannels[^1];
            resnets = new ModuleList<ResnetBlock2D>([.. Enumerable.Range(0, 2).Select(i => new ResnetBlock2D(
                parameters["resnets"][i], width, width, timeWidth, config.NormNumGroups, config.NormEps))]);
            attentions = new ModuleList<Transformer2D>(new Transformer2D(
                parameters["attentions"][0], width, config.CrossAttentionDim, config.AttentionHeads[^1], config.TransformerLayersPerBlock,
                    config.NormNumGroups));
            RegisterComponents();
        }

        public Tensor Forward(Tensor hidden, Tensor time, Tensor context, BlockRunner? runner)
        {
            using var first = Run(runner, resnets[0], hidden, time);
            using var attended = Run(runner, attentions[0], first, context);
            return Run(runner, resnets[1], attended, time);
        }
    }

    internal sealed class UpBlock : nn.Module
    {
        private readonly ModuleList<ResnetBlock2D> resnets;
        private readonly ModuleList<Transformer2D>? attentions;
        private readonly ModuleList<Upsample2D>? upsamplers;

        public UpBlock(UNetConfig config, ParameterScope parameters, int index, long timeWidth)
            : base(nameof(UpBlock))
        {
            var channels = config.BlockOutChannels;
            var level = channels.Count - 1 - index;
            var width = channels[level];
            var below = channels[Math.Min(level + 1, channels.Count - 1)];
            var above = channels[Math.Max(level - 1, 0)];
            var layers = Enumerable.Range(0, config.LayersPerBlock + 1).ToList();

            // Each ResNet also reads one tensor of the way down; the last one reads what this level was entered with.
            resnets = new ModuleList<ResnetBlock2D>([.. layers.Select(i => new ResnetBlock2D(
                parameters["resnets"][i],
                (i == 0 ? below : width) + (i == config.LayersPerBlock ? above : width),
                width,
                timeWidth,
                config.NormNumGroups,
                config.NormEps))]);
            attentions = !config.UpAttention[index] ? null : new ModuleList<Transformer2D>([.. layers.Select(i => new Transformer2D(
                parameters["attentions"][i], width, config.CrossAttentionDim, config.AttentionHeads[level],
                    config.TransformerLayersPerBlock, config.NormNumGroups))]);
            upsamplers = level == 0 ? null : new ModuleList<Upsample2D>(new Upsample2D(parameters["upsamplers"][0], width));
            RegisterComponents();
        }

        public Tensor Forward(Tensor hidden, Tensor time, Tensor context, Stack<Tensor> skips, BlockRunner? runner)
        {
            for (var i = 0; i < resnets.Count; i++)
            {
                using var skip = skips.Pop();
                using var joined = cat([hidden, skip], 1);
                hidden.Dispose();
                hidden = Run(runner, resnets[i], joined, time);
                if (attentions is not null)
                {
                    using var before = hidden;
                    hidden = Run(runner, attentions[i], before, context);
                }
            }

            if (upsamplers is not null)
            {
                var next = skips.Peek();
                using var small = hidden;
                hidden = upsamplers[0].Forward(small, next.shape[2], next.shape[3]);
            }

            return hidden;
        }
    }
}
