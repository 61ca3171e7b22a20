using LoraFunctions.Diffusion.Models;

namespace LoraFunctions.Diffusion.Lora;

/// <summary>Kinds of UNet layers a LoRA is made for.</summary>
[Flags]
public enum LoraTargets
{
    None = 0,

    /// <summary><c>to_q, to_k, to_v, to_out.0</c> of self- and cross-attention: 128 layers of SD 1.5.</summary>
    Attention = 1,

    /// <summary><c>ff.net.0.proj, ff.net.2</c>: 32 layers.</summary>
    FeedForward = 2,

    /// <summary><c>proj_in, proj_out</c> of the transformers: 32 layers.</summary>
    Projections = 4,

    /// <summary>LoCon: ResNet blocks with their time projection, down- and upsamplers: 86 layers.</summary>
    Convolutions = 8,

    /// <summary>What kohya's trainer adapts: 192 layers.</summary>
    Kohya = Attention | FeedForward | Projections,
}

/// <summary>Chooses the layers a new LoRA is made for.</summary>
public static class LoraLayers
{
    /// <summary>The kind of a UNet layer by its path; none for layers no LoRA is made for (time embedding, conv_in, conv_out).</summary>
    public static LoraTargets KindOf(string unetPath)
    {
        var parts = unetPath.Split('.');
        return parts.Contains("attn1") || parts.Contains("attn2") ? LoraTargets.Attention
            : parts.Contains("ff") ? LoraTargets.FeedForward
            : parts[^1] is "proj_in" or "proj_out" ? LoraTargets.Projections
            : parts.Contains("resnets") || parts.Contains("downsamplers") || parts.Contains("upsamplers") ? LoraTargets.Convolutions
            : LoraTargets.None;
    }

    /// <summary>Layers of the UNet of these kinds, and of the text encoder all (attention and MLP) where it is given; sorted by name.</summary>
    public static IReadOnlyList<KeyValuePair<LoraLayerName, IAdaptableLayer>> Choose(
        IEnumerable<KeyValuePair<string, IAdaptableLayer>> unet,
        LoraTargets targets,
        IEnumerable<KeyValuePair<string, IAdaptableLayer>>? textEncoder) =>
        [.. LoraNetwork.Layers(unet.Where(l => (KindOf(l.Key) & targets) != LoraTargets.None), textEncoder).OrderBy(l => l.Key)];

    /// <summary>A convolution with a kernel larger than one pixel: has its own rank and alpha (LoCon).</summary>
    internal static bool IsWide(IAdaptableLayer layer) => layer.Weight.shape is [_, _, var height, var width] && (height > 1 || width > 1);

    /// <summary>Shapes of down and up for a layer.</summary>
    internal static (long[] Down, long[] Up) Shapes(IAdaptableLayer layer, long rank)
    {
        var weight = layer.Weight.shape;
        return ([rank, .. weight.Skip(1)], weight.Length == 4 ? [weight[0], rank, 1, 1] : [weight[0], rank]);
    }
}
