using TorchSharp;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Generation;

/// <summary>Between bytes and what the autoencoder works on.</summary>
internal static class Pixels
{
    /// <summary>Rows of RGB bytes to [1, 3, height, width] in [-1, 1].</summary>
    public static Tensor FromRgb(ReadOnlySpan<byte> rgb, int width, int height, Device device)
    {
        using var scope = NewDisposeScope();
        var bytes = empty([height, width, 3], dtype: ScalarType.Byte);
        rgb.CopyTo(bytes.bytes);
        return (bytes.to(device).to(ScalarType.Float32).permute(2, 0, 1).unsqueeze(0).Over(127.5).Minus(1)).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>One picture [3, height, width], about [-1, 1], to rows of RGB bytes; what lies outside is cut off.</summary>
    public static byte[] ToRgb(Tensor picture)
    {
        using var scope = NewDisposeScope();
        var bytes = picture.to(ScalarType.Float32).Over(2).Plus(0.5).Clamped(0, 1).Times(255).round().to(ScalarType.Byte);
        return bytes.permute(1, 2, 0).contiguous().cpu().bytes.ToArray();
    }
}
