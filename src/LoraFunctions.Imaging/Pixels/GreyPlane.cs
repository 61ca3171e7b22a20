using System.Numerics;
using System.Runtime.CompilerServices;

namespace LoraFunctions.Imaging.Pixels;

/// <summary>Brightness alone, row by row, 0 to 255, for measuring.</summary>
/// <param name="Values">At least Width x Height.</param>
internal sealed record GreyPlane(int Width, int Height, float[] Values)
{
    public GreyPlane(int width, int height)
        : this(width, height, new float[width * height])
    {
    }

    /// <summary>ITU-R BT.601 luma.</summary>
    public static GreyPlane Of(RgbImage image)
    {
        var grey = new GreyPlane(image.Width, image.Height);
        grey.Fill(image);
        return grey;
    }

    /// <summary>The same into this plane, which is of the picture's size.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Fill(RgbImage image)
    {
        for (int i = 0, at = 0; at < image.Pixels.Length; i++, at += 3)
        {
            Values[i] = (0.299f * image.Pixels[at]) + (0.587f * image.Pixels[at + 1]) + (0.114f * image.Pixels[at + 2]);
        }
    }

    /// <summary>Gaussian smoothing by sigma pixels; the border repeats outwards.</summary>
    public GreyPlane Smooth(double sigma)
    {
        var smooth = new GreyPlane(Width, Height);
        Smooth(sigma, smooth, new GreyPlane(Width, Height));
        return smooth;
    }

    /// <summary>The same into a plane of this one's size, with another for what lies between.</summary>
    public void Smooth(double sigma, GreyPlane target, GreyPlane between)
    {
        SmoothAcross(sigma, between);
        between.SmoothDown(sigma, target);
    }

    private static float[] Kernel(double sigma)
    {
        var radius = (int)Math.Ceiling(3 * sigma);
        var raw = Enumerable.Range(-radius, (2 * radius) + 1).Select(i => Math.Exp(-i * i / (2 * sigma * sigma))).ToArray();
        var sum = raw.Sum();
        return [.. raw.Select(value => (float)(value / sum))];
    }

    /// <summary>Gaussian smoothing along the rows only, into a plane of this one's size.</summary>
    public void SmoothAcross(double sigma, GreyPlane target)
    {
        var kernel = Kernel(sigma);
        var radius = kernel.Length / 2;
        var padded = new float[Width + (2 * radius)];
        for (var y = 0; y < Height; y++)
        {
            var row = Row(y);
            padded.AsSpan(0, radius).Fill(row[0]);
            row.CopyTo(padded.AsSpan(radius));
            padded.AsSpan(radius + Width).Fill(row[^1]);
            Convolve(padded, step: 1, kernel, target.Row(y));
        }
    }

    /// <summary>Gaussian smoothing along the columns only, into a plane of this one's size.</summary>
    public void SmoothDown(double sigma, GreyPlane target)
    {
        var kernel = Kernel(sigma);
        var radius = kernel.Length / 2;
        var around = new float[kernel.Length * Width];
        for (var y = 0; y < Height; y++)
        {
            if (y >= radius && y + radius < Height)
            {
                Convolve(Values.AsSpan((y - radius) * Width, kernel.Length * Width), Width, kernel, target.Row(y));
                continue;
            }

            for (var i = 0; i < kernel.Length; i++)
            {
                Row(Math.Clamp(y + i - radius, 0, Height - 1)).CopyTo(around.AsSpan(i * Width));
            }

            Convolve(around, Width, kernel, target.Row(y));
        }
    }

    private Span<float> Row(int y) => Values.AsSpan(y * Width, Width);

    // Every value is summed in the same order, alone or beside others: the result does not depend on the processor.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Convolve(ReadOnlySpan<float> source, int step, ReadOnlySpan<float> kernel, Span<float> target)
    {
        var x = 0;
        for (; x <= target.Length - Vector<float>.Count; x += Vector<float>.Count)
        {
            var sums = Vector<float>.Zero;
            for (var i = 0; i < kernel.Length; i++)
            {
                sums += kernel[i] * new Vector<float>(source[(x + (i * step))..]);
            }

            sums.CopyTo(target[x..]);
        }

        for (; x < target.Length; x++)
        {
            var sum = 0f;
            for (var i = 0; i < kernel.Length; i++)
            {
                sum += kernel[i] * source[x + (i * step)];
            }

            target[x] = sum;
        }
    }
}
