using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Models;

/// <summary>
/// Runs an image-to-image step tile by tile. Tiles overlap; where they do, each pixel is the mean of their results, weighted by a ramp
/// that falls to the tile's edge, so that no seam shows although group norms see one tile at a time.
/// </summary>
internal static class VaeTiles
{
    /// <param name="image">[B, C, H, W].</param>
    /// <param name="step">Maps a tile to <paramref name="pixelsOut"/> / <paramref name="pixelsIn"/> times its size.</param>
    /// <param name="size">Side of a tile of the input.</param>
    /// <param name="overlap">How far neighbours share the input.</param>
    public static Tensor Map(Tensor image, Func<Tensor, Tensor> step, long size, long overlap, int pixelsIn, int pixelsOut)
    {
        using var scope = NewDisposeScope();
        Tensor? sum = null;
        Tensor? weights = null;
        foreach (var (top, height) in Spans(image.shape[2], size, overlap, pixelsIn))
        {
            foreach (var (left, width) in Spans(image.shape[3], size, overlap, pixelsIn))
            {
                using var tileScope = NewDisposeScope();
                var result = step(image.narrow(2, top, height).narrow(3, left, width));
                var (outTop, outLeft) = (Scale(top), Scale(left));
                if (sum is null || weights is null)
                {
                    sum = zeros([result.shape[0], result.shape[1], Scale(image.shape[2]), Scale(image.shape[3])], result.dtype,
                        result.device).MoveToOuterDisposeScope();
                    weights = zeros([1, 1, sum.shape[2], sum.shape[3]], result.dtype, result.device).MoveToOuterDisposeScope();
                }

                var share = Scale(overlap);
                var weight = Ramp(result.shape[2], share, top > 0, top + height < image.shape[2]).unsqueeze(1)
                    * Ramp(result.shape[3], share, left > 0, left + width < image.shape[3]).unsqueeze(0);
                weight = weight.to(result.dtype, result.device);
                sum.narrow(2, outTop, result.shape[2]).narrow(3, outLeft, result.shape[3]).PlusInPlace(result * weight);
                weights.narrow(2, outTop, result.shape[2]).narrow(3, outLeft, result.shape[3]).PlusInPlace(weight);
            }
        }

        return sum!.div_(weights!).MoveToOuterDisposeScope();

        long Scale(long pixels) => pixels * pixelsOut / pixelsIn;
    }

    /// <summary>Where tiles begin and how long they are; all multiples of <paramref name="unit"/>. One tile where it all fits.</summary>
    internal static IEnumerable<(long Start, long Length)> Spans(long total, long size, long overlap, long unit)
    {
        if (total <= size)
        {
            yield return (0, total);
            yield break;
        }

        var tiles = (total - overlap + (size - overlap) - 1) / (size - overlap);
        for (long i = 0; i < tiles; i++)
        {
            // Spread evenly, so that the last tile is as large as the others.
            var start = (total - size) * i / (tiles - 1) / unit * unit;
            yield return (start, i == tiles - 1 ? total - start : size);
        }
    }

    /// <summary>One along the tile, falling linearly over the overlap on the sides that have a neighbour; never quite zero.</summary>
    private static Tensor Ramp(long length, long overlap, bool before, bool after)
    {
        using var scope = NewDisposeScope();
        var ramp = ones(length);
        var rise = TensorMath.Counted(overlap).Plus(1).Over(overlap + 1.0);
        if (before)
        {
            ramp.narrow(0, 0, overlap).mul_(rise);
        }

        if (after)
        {
            ramp.narrow(0, length - overlap, overlap).mul_(rise.flip(0));
        }

        return ramp.MoveToOuterDisposeScope();
    }
}
