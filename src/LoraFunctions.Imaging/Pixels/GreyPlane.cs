using System.Numerics;

namespace LoraFunctions.Imaging.Pixels;

/// <summary>Brightness alone, row by row, 0 to 255, for measuring.</summary>
internal sealed record GreyPlane(int Width, int Height, float[] Values)
{
    /// <summary>ITU-R BT.601 luma.</summary>
    public static GreyPlane Of(RgbImage image)
    {
        var values = new float[image.Width * image.Height];
        for (int i = 0, at = 0; i < values.Length; i++, at += 3)
        {
            values[i] = (0.299f * image.Pixels[at]) + (0.587f * image.Pixels[at + 1]) + (0.114f * image.Pixels[at + 2]);
        }

        return new GreyPlane(image.Width, image.Height, values);
    }

    /// <summary>Gaussian smoothing by sigma pixels; the border repeats outwards.</summary>
    public GreyPlane Smooth(double sigma)
    {
        var once = SmoothAcross(sigma);
        return once.Transpose().SmoothAcross(sigma).Transpose();
    }

    public GreyPlane Transpose()
    {
        var values = new float[Values.Length];
        for (var y = 0; y < Height; y++)
        {
            for (var x = 0; x < Width; x++)
            {
                values[(x * Height) + y] = Values[(y * Width) + x];
            }
        }

        return new GreyPlane(Height, Width, values);
    }

    /// <summary>Change a pixel along the row; x is not the first or last column.</summary>
    public float SlopeX(int x, int y)
    {
        var at = (y * Width) + x;
        return (Values[at + 1] - Values[at - 1]) / 2;
    }

    /// <summary>Change a pixel down the column; y is not the first or last row.</summary>
    public float SlopeY(int x, int y)
    {
        var at = (y * Width) + x;
        return (Values[at + Width] - Values[at - Width]) / 2;
    }

    /// <summary>Change a pixel in the direction of the greatest.</summary>
    public double Slope(int x, int y)
    {
        var (across, down) = (SlopeX(x, y), SlopeY(x, y));
        return Math.Sqrt((across * across) + (down * down));
    }

    private static float[] Kernel(double sigma)
    {
        var radius = (int)Math.Ceiling(3 * sigma);
        var raw = Enumerable.Range(-radius, (2 * radius) + 1).Select(i => Math.Exp(-i * i / (2 * sigma * sigma))).ToArray();
        var sum = raw.Sum();
        return [.. raw.Select(value => (float)(value / sum))];
    }

    /// <summary>Gaussian smoothing along the rows only.</summary>
    public GreyPlane SmoothAcross(double sigma) => SmoothRows(Kernel(sigma));

    private GreyPlane SmoothRows(float[] kernel)
    {
        var radius = kernel.Length / 2;
        var values = new float[Values.Length];
        var padded = new float[Width + (2 * radius)];
        for (var y = 0; y < Height; y++)
        {
            var row = Values.AsSpan(y * Width, Width);
            padded.AsSpan(0, radius).Fill(row[0]);
            row.CopyTo(padded.AsSpan(radius));
            padded.AsSpan(radius + Width).Fill(row[^1]);
            Convolve(padded, kernel, values.AsSpan(y * Width, Width));
        }

        return new GreyPlane(Width, Height, values);
    }

    // Every value is summed in the same order, alone or beside others: the result does not depend on the processor.
    private static void Convolve(ReadOnlySpan<float> padded, ReadOnlySpan<float> kernel, Span<float> target)
    {
        var x = 0;
        for (; x <= target.Length - Vector<float>.Count; x += Vector<float>.Count)
        {
            var sums = Vector<float>.Zero;
            for (var i = 0; i < kernel.Length; i++)
            {
                sums += kernel[i] * new Vector<float>(padded[(x + i)..]);
            }

            sums.CopyTo(target[x..]);
        }

        for (; x < target.Length; x++)
        {
            var sum = 0f;
            for (var i = 0; i < kernel.Length; i++)
            {
                sum += kernel[i] * padded[x + i];
            }

            target[x] = sum;
        }
    }
}
