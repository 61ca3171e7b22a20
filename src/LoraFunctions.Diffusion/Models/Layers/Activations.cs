using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Models.Layers;

/// <summary>Activations and layout moves the networks share.</summary>
internal static class Activations
{
    /// <summary>x * sigmoid(x). Takes the tensor over: overwritten when no gradient is recorded.</summary>
    public static Tensor Silu(Tensor owned) => IsRecorded(owned) ? nn.functional.silu(owned) : owned.silu_();

    /// <summary>x * sigmoid(1.702 x), CLIP's own. Takes the tensor over.</summary>
    public static Tensor QuickGelu(Tensor owned)
    {
        using var scaled = owned.Times(1.702);
        if (IsRecorded(owned))
        {
            using var gate = scaled.sigmoid();
            return owned * gate;
        }

        scaled.sigmoid_();
        return owned.mul_(scaled);
    }

    /// <summary>Whether a gradient will be asked for through this tensor; if not, it may be overwritten.</summary>
    public static bool IsRecorded(Tensor tensor) => is_grad_enabled() && tensor.requires_grad;

    /// <summary>The same values with the channels innermost in memory; [B, C, H, W] in and out. No copy where they already are.</summary>
    public static Tensor ChannelsLast(Tensor image)
    {
        using var nhwc = image.permute(0, 2, 3, 1);
        using var dense = nhwc.contiguous();
        return dense.permute(0, 3, 1, 2);
    }

    /// <summary>[B, C, H, W] to tokens [B, H*W, C]; a view in channels-last memory.</summary>
    public static Tensor Tokens(Tensor image)
    {
        using var nhwc = image.permute(0, 2, 3, 1);
        return nhwc.reshape(image.shape[0], image.shape[2] * image.shape[3], image.shape[1]);
    }

    /// <summary>Tokens [B, H*W, C] to [B, C, H, W]; a view.</summary>
    public static Tensor Image(Tensor tokens, long height, long width)
    {
        using var nhwc = tokens.view(tokens.shape[0], height, width, tokens.shape[2]);
        return nhwc.permute(0, 3, 1, 2);
    }
}
