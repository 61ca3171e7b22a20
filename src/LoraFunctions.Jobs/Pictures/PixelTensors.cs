using LoraFunctions.Diffusion;
using LoraFunctions.Imaging;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraFunctions.Jobs.Pictures;

/// <summary>Pictures as the VAE takes them.</summary>
internal static class PixelTensors
{
    /// <summary>[1, 3, H, W] in [-1, 1], fp32 on the CPU.</summary>
    public static Tensor From(RgbImage image)
    {
        using var scope = NewDisposeScope();
        var bytes = tensor(image.Pixels, [image.Height, image.Width, 3], ScalarType.Byte);
        return bytes.permute(2, 0, 1).unsqueeze(0).to(ScalarType.Float32).Over(127.5).Minus(1).contiguous().MoveToOuterDisposeScope();
    }
}
