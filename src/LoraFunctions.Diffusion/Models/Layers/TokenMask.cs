using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Models.Layers;

/// <summary>A mask of the picture at the size of a layer that works on its cells one behind the other.</summary>
internal static class TokenMask
{
    /// <summary>The mask's own size, or one found by halving it (the UNet's levels), as [1, tokens, 1]; null where none fits.</summary>
    /// <param name="mask">[1, 1, H/8, W/8].</param>
    public static Tensor? Of(Tensor mask, long tokens)
    {
        for (var (h, w) = (mask.shape[2], mask.shape[3]); h * w >= tokens; (h, w) = ((h + 1) / 2, (w + 1) / 2))
        {
            if (h * w == tokens)
            {
                return nn.functional.adaptive_avg_pool2d(mask, [h, w]).reshape(1, -1, 1);
            }

            if (h * w == 1)
            {
                break;
            }
        }

        return null;
    }
}

/// <summary>A context made of several, one behind the other.</summary>
/// <param name="Parts">How many tokens each has, and where it counts: masks [1, 1, H/8, W/8] that sum to one.</param>
internal sealed record ContextParts(IReadOnlyList<(long Length, Tensor Mask)> Parts);
