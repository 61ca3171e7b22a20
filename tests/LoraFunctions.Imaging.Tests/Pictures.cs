using System.Buffers.Binary;

namespace LoraFunctions.Imaging.Tests;

/// <summary>Pictures and files for the tests: made here, or small files of other programs under <c>Assets/</c>.</summary>
internal static class Pictures
{
    public static byte[] Asset(string name)
    {
        using var stream = typeof(Pictures).Assembly.GetManifestResourceStream(name) ?? throw new FileNotFoundException($"No asset '{name}'.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Smooth colours with a few hard-edged rectangles: compresses well and has edges.</summary>
    public static RgbImage Scene(int width, int height, int seed = 0)
    {
        var image = new RgbImage(width, height);
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                Set(image, x, y, (byte)(40 + (120 * x / width)), (byte)(60 + (120 * y / height)), (byte)(100 + (seed * 37 % 100)));
            }
        }

        for (var i = 0; i < 6; i++)
        {
            var left = width * (1 + (2 * i)) / 14;
            var light = (byte)(i % 2 * 210); // brightness, not only colour: that is what sharpness is measured on
            Fill(image, left, height * (1 + i) / 10, width / 14, height / 3, (byte)(light + (5 * i)), (byte)(light + 20), (byte)(40 + (seed * 11 % 80)));
        }

        return image;
    }

    public static RgbImage Solid(int width, int height, byte r, byte g, byte b)
    {
        var image = new RgbImage(width, height);
        Fill(image, 0, 0, width, height, r, g, b);
        return image;
    }

    public static void Fill(RgbImage image, int left, int top, int width, int height, byte r, byte g, byte b)
    {
        for (var y = Math.Max(0, top); y < Math.Min(image.Height, top + height); y++)
        {
            for (var x = Math.Max(0, left); x < Math.Min(image.Width, left + width); x++)
            {
                Set(image, x, y, r, g, b);
            }
        }
    }

    public static void Set(RgbImage image, int x, int y, byte r, byte g, byte b)
    {
        var at = ((y * image.Width) + x) * 3;
        (image.Pixels[at], image.Pixels[at + 1], image.Pixels[at + 2]) = (r, g, b);
    }

    public static (byte R, byte G, byte B) At(this RgbImage image, int x, int y)
    {
        var at = ((y * image.Width) + x) * 3;
        return (image.Pixels[at], image.Pixels[at + 1], image.Pixels[at + 2]);
    }

    public static bool IsNear(this (byte R, byte G, byte B) colour, byte r, byte g, byte b, int tolerance) =>
        Math.Abs(colour.R - r) <= tolerance && Math.Abs(colour.G - g) <= tolerance && Math.Abs(colour.B - b) <= tolerance;

    /// <summary>Root of the mean squared difference over all channels, in grey levels.</summary>
    public static double Difference(RgbImage a, RgbImage b)
    {
        if (a.Width != b.Width || a.Height != b.Height)
        {
            return double.PositiveInfinity;
        }

        var sum = a.Pixels.Zip(b.Pixels, (p, q) => (double)(p - q) * (p - q)).Sum();
        return Math.Sqrt(sum / a.Pixels.Length);
    }

    /// <summary>Puts an EXIF segment with nothing but the orientation right behind a JPEG's start.</summary>
    public static byte[] WithOrientation(byte[] jpeg, ushort orientation)
    {
        byte[] exif =
        [
            0xFF, 0xE1, 0, 34, (byte)'E', (byte)'x', (byte)'i', (byte)'f', 0, 0,
            (byte)'M', (byte)'M', 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0,
        ];
        BinaryPrimitives.WriteUInt16BigEndian(exif.AsSpan(28), orientation);
        return [.. jpeg[..2], .. exif, .. jpeg[2..]];
    }
}
