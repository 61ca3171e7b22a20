using System.Globalization;
using LoraFunctions.Diffusion.Models;

namespace LoraFunctions.Diffusion.Checkpoints;

/// <summary>
/// The single-file layout of CompVis' latent-diffusion: from a parameter's diffusers (or HF) name to its name there, by rule, for networks
/// of any size.
/// </summary>
internal static class LdmNames
{
    public const string UnetPrefix = "model.diffusion_model.";
    public const string VaePrefix = "first_stage_model.";
    public const string TextPrefix = "cond_stage_model.transformer.";

    private static readonly Dictionary<string, string> UnetResnet = new(StringComparer.Ordinal)
    {
        ["norm1"] = "in_layers.0",
        ["conv1"] = "in_layers.2",
        ["time_emb_proj"] = "emb_layers.1",
        ["norm2"] = "out_layers.0",
        ["conv2"] = "out_layers.3",
        ["conv_shortcut"] = "skip_connection",
    };

    private static readonly Dictionary<string, string> UnetEnds = new(StringComparer.Ordinal)
    {
        ["conv_in"] = "input_blocks.0.0",
        ["time_embedding.linear_1"] = "time_embed.0",
        ["time_embedding.linear_2"] = "time_embed.2",
        ["conv_norm_out"] = "out.0",
        ["conv_out"] = "out.2",
        ["mid_block.resnets.0"] = "middle_block.0",
        ["mid_block.attentions.0"] = "middle_block.1",
        ["mid_block.resnets.1"] = "middle_block.2",
    };

    private static readonly Dictionary<string, string> VaeAttention = new(StringComparer.Ordinal)
    {
        ["group_norm"] = "norm",
        ["to_q"] = "q",
        ["to_k"] = "k",
        ["to_v"] = "v",
        ["to_out"] = "proj_out",
    };

    /// <summary>In diffusers' files before version 0.18.</summary>
    private static readonly Dictionary<string, string> OldVaeAttention = new(StringComparer.Ordinal)
    {
        ["to_q"] = "query",
        ["to_k"] = "key",
        ["to_v"] = "value",
        ["to_out"] = "proj_attn",
    };

    public static string Unet(string name, UNetConfig config)
    {
        var path = name.Split('.');
        var perLevel = config.LayersPerBlock + 1;
        if (path[0] is "down_blocks" or "up_blocks")
        {
            var (level, index) = (Number(path[1]), Number(path[3]));
            var goingDown = path[0] == "down_blocks";
            var block = goingDown ? $"input_blocks.{1 + (perLevel * level) + index}" : $"output_blocks.{(perLevel * level) + index}";
            return UnetPrefix + (path[2] switch
            {
                "resnets" => $"{block}.0.{Resnet(path.AsSpan(4), UnetResnet)}",
                "attentions" => $"{block}.1.{Join(path.AsSpan(4))}",
                "downsamplers" => $"input_blocks.{perLevel * (level + 1)}.0.op.{path[^1]}",

                // The upsampler comes last in its block: behind the ResNet, and behind the transformer where there is one.
                _ => $"output_blocks.{(perLevel * level) + config.LayersPerBlock}.{(config.UpAttention[level] ? 2 : 1)}.conv.{path[^1]}",
            });
        }

        foreach (var (ours, theirs) in UnetEnds)
        {
            if (name.StartsWith(ours + ".", StringComparison.Ordinal))
            {
                var rest = name[(ours.Length + 1)..];
                var isResnet = ours.Contains("resnets", StringComparison.Ordinal);
                return $"{UnetPrefix}{theirs}.{(isResnet ? Resnet(rest.Split('.'), UnetResnet) : rest)}";
            }
        }

        throw new ArgumentException($"'{name}' is no parameter of a UNet.", nameof(name));
    }

    /// <summary>
    /// The other way round for a UNet's module as Stable Diffusion has it, two ResNets a level (<c>input_blocks.1.1.proj_in</c> is
    /// <c>down_blocks.0.attentions.0.proj_in</c>); null for what is no such name.
    /// </summary>
    public static string? DiffusersUnet(string module)
    {
        const int PerLevel = 3;
        var path = module.Split('.');
        if (path.Length >= 4 && path[0] is "input_blocks" or "output_blocks"
            && IsNumber(path[1], out var block) && IsNumber(path[2], out var place))
        {
            var goingDown = path[0] == "input_blocks";
            var (level, index) = Math.DivRem(goingDown ? block - 1 : block, PerLevel);
            var prefix = $"{(goingDown ? "down_blocks" : "up_blocks")}.{level}";
            return (block, path[3]) switch
            {
                (0, _) when goingDown => null,
                (_, "op") when goingDown && index == PerLevel - 1 => $"{prefix}.downsamplers.0.conv",
                (_, "conv") when !goingDown && index == PerLevel - 1 => $"{prefix}.upsamplers.0.conv",
                _ when place == 0 => $"{prefix}.resnets.{index}.{DiffusersResnet(path.AsSpan(3))}",
                _ => $"{prefix}.attentions.{index}.{Join(path.AsSpan(3))}",
            };
        }

        foreach (var (ours, theirs) in UnetEnds)
        {
            if (module == theirs)
            {
                return ours;
            }

            if (module.StartsWith(theirs + ".", StringComparison.Ordinal))
            {
                var rest = module[(theirs.Length + 1)..];
                return $"{ours}.{(ours.Contains("resnets", StringComparison.Ordinal) ? DiffusersResnet(rest.Split('.')) : rest)}";
            }
        }

        return null;
    }

    public static string Vae(string name, VaeConfig config)
    {
        var path = name.Split('.');
        if (path[0] is not ("encoder" or "decoder"))
        {
            return VaePrefix + name;
        }

        var resnet = new Dictionary<string, string>(StringComparer.Ordinal) { ["conv_shortcut"] = "nin_shortcut" };
        var inner = path[1] switch
        {
            "conv_norm_out" => $"norm_out.{path[2]}",
            "mid_block" when path[2] == "attentions" => $"mid.attn_1.{VaeAttention[path[4]]}.{path[^1]}",
            "mid_block" => $"mid.block_{Number(path[3]) + 1}.{Resnet(path.AsSpan(4), resnet)}",
            "down_blocks" or "up_blocks" => $"{Level()}.{path[3] switch
            {
                "resnets" => $"block.{path[4]}.{Resnet(path.AsSpan(5), resnet)}",
                "downsamplers" => $"downsample.conv.{path[^1]}",
                _ => $"upsample.conv.{path[^1]}",
            }}",
            _ => Join(path.AsSpan(1)),
        };
        return $"{VaePrefix}{path[0]}.{inner}";

        // The decoder's levels are counted from the outside there.
        string Level() => path[1] == "down_blocks" ? $"down.{path[2]}" : $"up.{config.BlockOutChannels.Count - 1 - Number(path[2])}";
    }

    /// <summary>Names a text encoder's parameter may have; the second is that of the first files written with a newer library.</summary>
    public static IEnumerable<string> Text(string name) =>
        [TextPrefix + name, TextPrefix + name.Replace("text_model.", "", StringComparison.Ordinal)];

    /// <summary>Names a VAE parameter may have in a diffusers folder.</summary>
    public static IEnumerable<string> DiffusersVae(string name)
    {
        var path = name.Split('.');
        return path.Length > 4 && path[2] == "attentions" && OldVaeAttention.TryGetValue(path[4], out var old)
            ? [name, $"{Join(path.AsSpan(0, 4))}.{old}.{path[^1]}"]
            : [name];
    }

    /// <summary>
    /// What such files hold besides the networks: copies averaged over the training, the noise schedule, the discriminator, counters.
    /// </summary>
    public static bool IsIgnored(string name) =>
        name.StartsWith("model_ema.", StringComparison.Ordinal)
        || name.StartsWith("first_stage_model.loss.", StringComparison.Ordinal)
        || name.EndsWith(".position_ids", StringComparison.Ordinal)
        || name is "betas" or "alphas_cumprod" or "alphas_cumprod_prev" or "logvar" or "lvlb_weights" or "scale_factor" or "global_step"
            or "sqrt_alphas_cumprod" or "sqrt_one_minus_alphas_cumprod" or "log_one_minus_alphas_cumprod"
            or "sqrt_recip_alphas_cumprod" or "sqrt_recipm1_alphas_cumprod"
            or "posterior_variance" or "posterior_log_variance_clipped" or "posterior_mean_coef1" or "posterior_mean_coef2";

    private static string Resnet(ReadOnlySpan<string> path, Dictionary<string, string> names) =>
        $"{names.GetValueOrDefault(path[0], path[0])}.{path[^1]}";

    private static string DiffusersResnet(ReadOnlySpan<string> path)
    {
        var module = Join(path);
        return UnetResnet.FirstOrDefault(n => n.Value == module).Key ?? module;
    }

    private static bool IsNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static string Join(ReadOnlySpan<string> path) => string.Join('.', path.ToArray());

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
