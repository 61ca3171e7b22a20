namespace LoraFunctions.Imaging;

/// <summary>A picture that is gone through row by row, wherever its pixels lie: three bytes (R, G, B) a pixel.</summary>
internal interface IPixelRows
{
    int Width { get; }

    int Height { get; }

    ReadOnlySpan<byte> Row(int y);
}

/// <summary>An 8-bit sRGB picture over one plain array: row by row, three bytes (R, G, B) a pixel, no padding.</summary>
public sealed class RgbImage : IPixelRows
{
    public RgbImage(int width, int height)
        : this(width, height, new byte[checked(Positive(width, nameof(width)) * Positive(height, nameof(height)) * 3)])
    {
    }

    /// <exception cref="ArgumentException">The array's length is not width x height x 3.</exception>
    public RgbImage(int width, int height, byte[] pixels)
    {
        if (pixels.Length != checked(Positive(width, nameof(width)) * Positive(height, nameof(height)) * 3))
        {
            throw new ArgumentException($"{pixels.Length} bytes do not hold {width}x{height} RGB pixels; it takes {width * height * 3}.", nameof(pixels));
        }

        Width = width;
        Height = height;
        Pixels = pixels;
    }

    public int Width { get; }

    public int Height { get; }

    /// <summary>Length Width x Height x 3.</summary>
    public byte[] Pixels { get; }

    ReadOnlySpan<byte> IPixelRows.Row(int y) => Pixels.AsSpan(y * Width * 3, Width * 3);

    private static int Positive(int value, string name) =>
        value > 0 ? value : throw new ArgumentOutOfRangeException(name, value, "A picture is at least one pixel wide and high.");
}
