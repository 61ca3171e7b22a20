using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LoraFunctions.Imaging.Pixels;

/// <summary>How pixels are weighed when a picture changes its size.</summary>
public enum ResizeFilter
{
    /// <summary>The mean of the area a new pixel covers: for making smaller, and for measuring.</summary>
    Area,

    /// <summary>
    /// Cubic convolution (Keys 1981, a = -0.5), widened when making smaller so that nothing aliases: for pictures that are
    /// looked at or trained on.
    /// </summary>
    Bicubic,
}

/// <summary>Separable resampling.</summary>
public static class Resizer
{
    /// <exception cref="ArgumentOutOfRangeException">A side is smaller than one pixel.</exception>
    public static RgbImage Resize(RgbImage image, int width, int height, ResizeFilter filter = ResizeFilter.Bicubic)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        if (width == image.Width && height == image.Height)
        {
            return new RgbImage(width, height, (byte[])image.Pixels.Clone());
        }

        if (filter == ResizeFilter.Area)
        {
            return Reduce(image, width, height);
        }

        var columns = ResizeWeights.For(image.Width, width, filter);
        var rows = ResizeWeights.For(image.Height, height, filter);
        var result = new RgbImage(width, height);
        var wide = AlongRows(image, columns);
        var sums = new float[width * 3];
        for (var y = 0; y < height; y++)
        {
            Array.Clear(sums);
            for (var i = 0; i < rows.Weights[y].Length; i++)
            {
                var weight = rows.Weights[y][i];
                var row = wide.AsSpan((rows.First[y] + i) * sums.Length, sums.Length);
                for (var x = 0; x < sums.Length; x++)
                {
                    sums[x] += weight * row[x];
                }
            }

            var target = result.Pixels.AsSpan(y * sums.Length, sums.Length);
            for (var x = 0; x < sums.Length; x++)
            {
                target[x] = (byte)Math.Clamp(MathF.Round(sums[x]), 0, 255);
            }
        }

        return result;
    }

    /// <summary>
    /// The mean of the area a new pixel covers, of a picture of any size in one pass: whole rows are summed first, which processors do many values
    /// at a time, and no more is kept than one of them.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static RgbImage Reduce(IPixelRows image, int width, int height)
    {
        var columns = ResizeWeights.For(image.Width, width, ResizeFilter.Area);
        var rows = ResizeWeights.For(image.Height, height, ResizeFilter.Area);
        var result = new RgbImage(width, height);
        var sums = new float[(image.Width * 3) + 1]; // a pixel is read as four values
        for (var y = 0; y < height; y++)
        {
            Array.Clear(sums);
            for (var i = 0; i < rows.Weights[y].Length; i++)
            {
                AddRow(sums.AsSpan(0, image.Width * 3), image.Row(rows.First[y] + i), rows.Weights[y][i]);
            }

            var target = result.Pixels.AsSpan(y * width * 3, width * 3);
            for (var x = 0; x < width; x++)
            {
                var (pixel, at) = (Vector128<float>.Zero, columns.First[x] * 3);
                foreach (var weight in columns.Weights[x])
                {
                    pixel += weight * Vector128.LoadUnsafe(ref sums[at]);
                    at += 3;
                }

                var levels = Vector128.ConvertToInt32(Vector128.Round(pixel));
                (target[x * 3], target[(x * 3) + 1], target[(x * 3) + 2]) = ((byte)levels[0], (byte)levels[1], (byte)levels[2]);
            }
        }

        return result;
    }

    /// <summary>Scales the picture until it covers width x height and cuts the middle out: nothing is squeezed.</summary>
    public static RgbImage Cover(RgbImage image, int width, int height, ResizeFilter filter = ResizeFilter.Bicubic)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        var scale = Math.Max((double)width / image.Width, (double)height / image.Height);
        var covering = Resize(image, Scaled(image.Width, scale, width), Scaled(image.Height, scale, height), filter);
        return Crop(covering, (covering.Width - width) / 2, (covering.Height - height) / 2, width, height);
    }

    /// <summary>Scales the picture down until both sides fit; a picture that fits already is copied.</summary>
    public static RgbImage Fit(RgbImage image, int maxWidth, int maxHeight, ResizeFilter filter = ResizeFilter.Bicubic)
    {
        ArgumentNullException.ThrowIfNull(image);
        var scale = Math.Min(1, Math.Min((double)maxWidth / image.Width, (double)maxHeight / image.Height));
        return Resize(image, Scaled(image.Width, scale, 1), Scaled(image.Height, scale, 1), filter);
    }

    /// <exception cref="ArgumentOutOfRangeException">The window is not inside the picture.</exception>
    public static RgbImage Crop(RgbImage image, int left, int top, int width, int height)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (left < 0 || top < 0 || width < 1 || height < 1 || left > image.Width - width || top > image.Height - height)
        {
            throw new ArgumentOutOfRangeException(
                nameof(left),
                $"{width}x{height} at ({left}, {top}) is not inside a picture of {image.Width}x{image.Height}.");
        }

        var result = new RgbImage(width, height);
        for (var y = 0; y < height; y++)
        {
            Array.Copy(image.Pixels, (((top + y) * image.Width) + left) * 3, result.Pixels, y * width * 3, width * 3);
        }

        return result;
    }

    // Compiled for speed at once: a gate of some dozens of photos ends before the runtime would find these loops hot.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddRow(Span<float> sums, ReadOnlySpan<byte> row, float weight)
    {
        var x = 0;
        for (; x <= sums.Length - Vector<byte>.Count; x += Vector<byte>.Count)
        {
            Vector.Widen(new Vector<byte>(row[x..]), out var lower, out var upper);
            var at = sums.Slice(x, Vector<byte>.Count);
            Add(at, lower, weight);
            Add(at[Vector<ushort>.Count..], upper, weight);
        }

        for (; x < sums.Length; x++)
        {
            sums[x] += weight * row[x];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(Span<float> sums, Vector<ushort> values, float weight)
    {
        Vector.Widen(values, out var lower, out var upper);
        var rest = sums[Vector<float>.Count..];
        (new Vector<float>(sums) + (weight * Vector.ConvertToSingle(Vector.AsVectorInt32(lower)))).CopyTo(sums);
        (new Vector<float>(rest) + (weight * Vector.ConvertToSingle(Vector.AsVectorInt32(upper)))).CopyTo(rest);
    }

    private static int Scaled(int side, double scale, int least) => Math.Max(least, (int)Math.Round(side * scale));

    // Every source row at its new width: [source height, new width, 3].
    private static float[] AlongRows(RgbImage image, ResizeWeights columns)
    {
        var width = columns.First.Length;
        var wide = new float[image.Height * width * 3];
        for (var y = 0; y < image.Height; y++)
        {
            var row = image.Pixels.AsSpan(y * image.Width * 3, image.Width * 3);
            for (var x = 0; x < width; x++)
            {
                var (r, g, b) = (0f, 0f, 0f);
                var at = columns.First[x] * 3;
                foreach (var weight in columns.Weights[x])
                {
                    r += weight * row[at];
                    g += weight * row[at + 1];
                    b += weight * row[at + 2];
                    at += 3;
                }

                var to = ((y * width) + x) * 3;
                (wide[to], wide[to + 1], wide[to + 2]) = (r, g, b);
            }
        }

        return wide;
    }
}

/// <summary>
/// For every new pixel of one side: the first old pixel it is made of, and how much each counts. The weights of a pixel sum to 1.
/// </summary>
internal sealed record ResizeWeights(int[] First, float[][] Weights)
{
    private const double CubicA = -0.5;
    private const double CubicRadius = 2;

    public static ResizeWeights For(int oldSide, int newSide, ResizeFilter filter)
    {
        var first = new int[newSide];
        var weights = new float[newSide][];
        var scale = (double)oldSide / newSide;
        for (var i = 0; i < newSide; i++)
        {
            (first[i], weights[i]) = filter == ResizeFilter.Area ? Area(i, scale, oldSide) : Bicubic(i, scale, oldSide);
        }

        return new ResizeWeights(first, weights);
    }

    private static (int First, float[] Weights) Area(int pixel, double scale, int oldSide)
    {
        var (from, to) = (pixel * scale, Math.Min((pixel + 1) * scale, oldSide));
        var first = Math.Min((int)from, oldSide - 1);
        var last = Math.Max(first, (int)Math.Ceiling(to) - 1);
        return (first, Normalised(first, last, i => Math.Min(i + 1, to) - Math.Max(i, from)));
    }

    private static (int First, float[] Weights) Bicubic(int pixel, double scale, int oldSide)
    {
        var stretch = Math.Max(scale, 1);
        var centre = (pixel + 0.5) * scale;
        var first = Math.Max(0, (int)Math.Floor(centre - (CubicRadius * stretch)));
        var last = Math.Min(oldSide - 1, (int)Math.Ceiling(centre + (CubicRadius * stretch)) - 1);
        return (first, Normalised(first, last, i => Cubic(Math.Abs((i + 0.5 - centre) / stretch))));
    }

    private static float[] Normalised(int first, int last, Func<int, double> weight)
    {
        var raw = Enumerable.Range(first, last - first + 1).Select(weight).ToArray();
        var sum = raw.Sum();
        return [.. raw.Select(value => (float)(value / sum))];
    }

    private static double Cubic(double x) => x switch
    {
        < 1 => ((((CubicA + 2) * x) - (CubicA + 3)) * x * x) + 1,
        < 2 => CubicA * ((((x - 5) * x) + 8) * x - 4),
        _ => 0,
    };
}
