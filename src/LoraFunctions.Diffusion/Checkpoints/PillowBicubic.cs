namespace LoraFunctions.Diffusion.Checkpoints;

/// <summary>
/// Bicubic (a = -0.5) resampling of 8-bit RGB with Pillow's arithmetic, bit for bit: antialiased when shrinking, across and then down,
/// 22-bit fixed-point coefficients, rounded to bytes after each pass. CLIP's reference preprocessing is made with it.
/// </summary>
internal static class PillowBicubic
{
    private const double Support = 2;
    private const int PrecisionBits = 32 - 8 - 2;

    private readonly record struct Window(int Start, int[] Weights);

    /// <summary>Width x height x 3 bytes to another size.</summary>
    public static byte[] Resize(ReadOnlySpan<byte> rgb, int width, int height, int newWidth, int newHeight)
    {
        var across = newWidth == width ? null : Windows(width, newWidth);
        var down = newHeight == height ? null : Windows(height, newHeight);
        var wide = across is null ? rgb.ToArray() : Across(rgb, width, height, across);
        return down is null ? wide : Down(wide, newWidth, down);
    }

    private static byte[] Across(ReadOnlySpan<byte> source, int width, int height, Window[] windows)
    {
        var result = new byte[windows.Length * height * 3];
        for (var y = 0; y < height; y++)
        {
            var row = source.Slice(y * width * 3, width * 3);
            for (var x = 0; x < windows.Length; x++)
            {
                var (start, weights) = windows[x];
                var (r, g, b) = (1 << (PrecisionBits - 1), 1 << (PrecisionBits - 1), 1 << (PrecisionBits - 1));
                for (var i = 0; i < weights.Length; i++)
                {
                    var pixel = row.Slice((start + i) * 3, 3);
                    r += pixel[0] * weights[i];
                    g += pixel[1] * weights[i];
                    b += pixel[2] * weights[i];
                }

                var at = ((y * windows.Length) + x) * 3;
                (result[at], result[at + 1], result[at + 2]) = (Byte(r), Byte(g), Byte(b));
            }
        }

        return result;
    }

    private static byte[] Down(byte[] source, int width, Window[] windows)
    {
        var stride = width * 3;
        var result = new byte[stride * windows.Length];
        for (var y = 0; y < windows.Length; y++)
        {
            var (start, weights) = windows[y];
            for (var x = 0; x < stride; x++)
            {
                var sum = 1 << (PrecisionBits - 1);
                for (var i = 0; i < weights.Length; i++)
                {
                    sum += source[((start + i) * stride) + x] * weights[i];
                }

                result[(y * stride) + x] = Byte(sum);
            }
        }

        return result;
    }

    private static byte Byte(int sum) => (byte)Math.Clamp(sum >> PrecisionBits, 0, 255);

    /// <summary>For every new pixel the old ones it is made of and their weights, which sum up to one.</summary>
    private static Window[] Windows(int size, int newSize)
    {
        var scale = (double)size / newSize;
        var stretch = Math.Max(scale, 1);
        var support = Support * stretch;
        var windows = new Window[newSize];
        for (var i = 0; i < newSize; i++)
        {
            var centre = (i + 0.5) * scale;
            var start = Math.Max(0, (int)(centre - support + 0.5));
            var end = Math.Min(size, (int)(centre + support + 0.5));
            var weights = new double[end - start];
            double sum = 0;
            for (var x = 0; x < weights.Length; x++)
            {
                weights[x] = Cubic((x + start - centre + 0.5) * (1 / stretch));
                sum += weights[x];
            }

            windows[i] = new Window(start, [.. weights.Select(weight => Fixed(sum == 0 ? weight : weight * (1 / sum)))]);
        }

        return windows;
    }

    private static int Fixed(double weight) => (int)((weight * (1 << PrecisionBits)) + (weight < 0 ? -0.5 : 0.5));

    private static double Cubic(double x)
    {
        const double a = -0.5;
        x = Math.Abs(x);
        return x < 1 ? ((((a + 2) * x) - (a + 3)) * x * x) + 1
            : x < 2 ? ((((x - 5) * x) + 8) * x - 4) * a
            : 0;
    }
}
