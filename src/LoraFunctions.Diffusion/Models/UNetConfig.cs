using System.Text.Json;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Models;

/// <summary>Sizes of a UNet, as in diffusers' <c>unet/config.json</c>; the defaults are Stable Diffusion 1.5's.</summary>
public sealed record UNetConfig
{
    public long InChannels { get; init; } = 4;

    public long OutChannels { get; init; } = 4;

    /// <summary>One number a level, outermost first.</summary>
    public IReadOnlyList<long> BlockOutChannels { get; init; } = [320, 640, 1280, 1280];

    /// <summary>Per level going down: whether its ResNets are followed by transformers.</summary>
    public IReadOnlyList<bool> DownAttention { get; init; } = [true, true, true, false];

    /// <summary>Per level going up (innermost first).</summary>
    public IReadOnlyList<bool> UpAttention { get; init; } = [false, true, true, true];

    /// <summary>ResNets a level going down; going up there is one more.</summary>
    public int LayersPerBlock { get; init; } = 2;

    /// <summary>Heads a level. The file's <c>attention_head_dim: 8</c> means 8 heads, whatever its name says.</summary>
    public IReadOnlyList<long> AttentionHeads { get; init; } = [8, 8, 8, 8];

    /// <summary>Width of the prompt's embeddings.</summary>
    public long CrossAttentionDim { get; init; } = 768;

    public int TransformerLayersPerBlock { get; init; } = 1;

    public long NormNumGroups { get; init; } = 32;

    /// <summary>Of the ResNets; the transformers' group norm has 1e-6 always.</summary>
    public double NormEps { get; init; } = 1e-5;

    /// <summary>Whether samples are mapped from [0, 1] to [-1, 1] first.</summary>
    public bool CenterInputSample { get; init; }

    /// <summary>Time embedding: cosines before sines.</summary>
    public bool FlipSinToCos { get; init; } = true;

    public double FreqShift { get; init; }

    /// <summary>Reads <c>unet/config.json</c>; absent keys have diffusers' meaning for Stable Diffusion 1.5.</summary>
    /// <param name="file">Names the file in errors.</param>
    /// <exception cref="Checkpoints.CheckpointException">Values that make no sense or belong to another architecture, all of
    /// them.</exception>
    public static UNetConfig Parse(JsonElement json, string file)
    {
        var reader = new ConfigReader(json, file);
        var standard = new UNetConfig();
        var channels = reader.Numbers("block_out_channels", standard.BlockOutChannels);
        var levels = channels.Count;

        // Absent block types: the last level going down, the first going up, have no attention.
        var down = reader.Choices("down_block_types", "DownBlock2D", "CrossAttnDownBlock2D", levels)
            ?? [.. Enumerable.Range(0, levels).Select(i => i < levels - 1)];
        var up = reader.Choices("up_block_types", "UpBlock2D", "CrossAttnUpBlock2D", levels)
            ?? [.. Enumerable.Range(0, levels).Select(i => i > 0)];
        var heads = reader.OneOrMany(reader.Has("num_attention_heads") ? "num_attention_heads" : "attention_head_dim", 8, levels);

        reader.Demand("mid_block_type", "UNetMidBlock2DCrossAttn");
        reader.Demand("act_fn", "silu");
        reader.Demand("resnet_time_scale_shift", "default");
        reader.Demand("time_embedding_type", "positional");
        reader.Demand("attention_type", "default");
        reader.Demand("downsample_padding", 1);
        reader.Demand("mid_block_scale_factor", 1);
        reader.Demand("conv_in_kernel", 3);
        reader.Demand("conv_out_kernel", 3);
        foreach (var key in (ReadOnlySpan<string>)["class_embed_type", "addition_embed_type", "encoder_hid_dim", "encoder_hid_dim_type",
            "num_class_embeds", "time_cond_proj_dim", "time_embedding_act_fn", "timestep_post_act", "cross_attention_norm"])
        {
            reader.DemandAbsent(key);
        }

        foreach (var key in (ReadOnlySpan<string>)["dual_cross_attention", "only_cross_attention", "use_linear_projection",
            "class_embeddings_concat", "resnet_skip_time_act"])
        {
            reader.Demand(key, value: false);
        }

        var config = new UNetConfig
        {
            InChannels = reader.Number("in_channels", standard.InChannels),
            OutChannels = reader.Number("out_channels", standard.OutChannels),
            BlockOutChannels = channels,
            DownAttention = down,
            UpAttention = up,
            LayersPerBlock = reader.Count("layers_per_block", standard.LayersPerBlock),
            AttentionHeads = heads,
            CrossAttentionDim = reader.Number("cross_attention_dim", standard.CrossAttentionDim),
            TransformerLayersPerBlock = reader.Count("transformer_layers_per_block", standard.TransformerLayersPerBlock),
            NormNumGroups = reader.Number("norm_num_groups", standard.NormNumGroups),
            NormEps = reader.Real("norm_eps", standard.NormEps),
            CenterInputSample = reader.Flag("center_input_sample", standard.CenterInputSample),
            FlipSinToCos = reader.Flag("flip_sin_to_cos", standard.FlipSinToCos),
            FreqShift = reader.Real("freq_shift", standard.FreqShift, least: 0),
        };
        foreach (var (level, width) in channels.Index())
        {
            reader.DemandDivides("norm_num_groups", config.NormNumGroups, "block_out_channels", width);
            if (down[level] || up[levels - 1 - level] || level == levels - 1)
            {
                reader.DemandDivides("heads (attention_head_dim)", heads[level], "block_out_channels", width);
            }
        }

        reader.DemandDivides("the time embedding's", 2, "block_out_channels", channels[0]);
        reader.ThrowIfFaulty();
        return config;
    }
}

/// <summary>What a UNet was trained to predict.</summary>
public enum PredictionType
{
    /// <summary>The noise.</summary>
    Epsilon,

    /// <summary>alpha * noise - sigma * sample (Salimans and Ho 2022).</summary>
    VPrediction,
}

/// <summary>
/// How a network runs one of its blocks. A network with a <c>BlockRunner? RunBlock</c> property calls it for every ResNet block and every
/// transformer; null runs the block straight. Training puts gradient checkpointing here (the inside of the block is computed again in the
/// backward pass instead of being kept).
/// </summary>
/// <param name="block">Inputs to the block's one output; must be a pure function of them and of the network's weights.</param>
/// <param name="inputs">Hidden states first, then what the block also reads (time embedding, context).</param>
public delegate Tensor BlockRunner(Func<IReadOnlyList<Tensor>, Tensor> block, IReadOnlyList<Tensor> inputs);
