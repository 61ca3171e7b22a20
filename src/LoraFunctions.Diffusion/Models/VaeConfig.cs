using System.Text.Json;

namespace LoraFunctions.Diffusion.Models;

/// <summary>Sizes of the autoencoder, as in diffusers' <c>vae/config.json</c>; the defaults are Stable Diffusion 1.5's.</summary>
public sealed record VaeConfig
{
    public long InChannels { get; init; } = 3;

    public long OutChannels { get; init; } = 3;

    public long LatentChannels { get; init; } = 4;

    /// <summary>One number a level, outermost first; every level but the last halves the picture.</summary>
    public IReadOnlyList<long> BlockOutChannels { get; init; } = [128, 256, 512, 512];

    /// <summary>ResNets a level of the encoder; the decoder has one more.</summary>
    public int LayersPerBlock { get; init; } = 2;

    public long NormNumGroups { get; init; } = 32;

    /// <summary>Self-attention between the two innermost ResNets.</summary>
    public bool MidBlockAttention { get; init; } = true;

    /// <summary>Latents times this have about unit variance; samplers and training work on those.</summary>
    public double ScalingFactor { get; init; } = 0.18215;

    /// <summary>Pixels a latent stands for along one side: 8 with four levels.</summary>
    public int PixelsPerLatent => 1 << (BlockOutChannels.Count - 1);

    /// <summary>Reads <c>vae/config.json</c>; absent keys have diffusers' meaning for Stable Diffusion 1.5.</summary>
    /// <param name="file">Names the file in errors.</param>
    /// <exception cref="Checkpoints.CheckpointException">Values that make no sense or belong to another architecture, all of
    /// them.</exception>
    public static VaeConfig Parse(JsonElement json, string file)
    {
        var reader = new ConfigReader(json, file);
        var standard = new VaeConfig();
        var channels = reader.Numbers("block_out_channels", standard.BlockOutChannels);
        reader.Choices("down_block_types", "DownEncoderBlock2D", "DownEncoderBlock2D", channels.Count);
        reader.Choices("up_block_types", "UpDecoderBlock2D", "UpDecoderBlock2D", channels.Count);
        reader.Demand("act_fn", "silu");
        reader.Demand("use_quant_conv", value: true);
        reader.Demand("use_post_quant_conv", value: true);
        reader.DemandAbsent("shift_factor");
        reader.DemandAbsent("latents_mean");
        reader.DemandAbsent("latents_std");
        var config = new VaeConfig
        {
            InChannels = reader.Number("in_channels", standard.InChannels),
            OutChannels = reader.Number("out_channels", standard.OutChannels),
            LatentChannels = reader.Number("latent_channels", standard.LatentChannels),
            BlockOutChannels = channels,
            LayersPerBlock = reader.Count("layers_per_block", standard.LayersPerBlock),
            NormNumGroups = reader.Number("norm_num_groups", standard.NormNumGroups),
            MidBlockAttention = reader.Flag("mid_block_add_attention", standard.MidBlockAttention),
            ScalingFactor = reader.Real("scaling_factor", standard.ScalingFactor),
        };
        foreach (var width in channels)
        {
            reader.DemandDivides("norm_num_groups", config.NormNumGroups, "block_out_channels", width);
        }

        reader.ThrowIfFaulty();
        return config;
    }
}
