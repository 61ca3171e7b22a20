using System.Buffers.Binary;
using System.IO.Hashing;
using LoraFunctions.Imaging.Codecs;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats.Bmp;
using SixLabors.ImageSharp.Formats.Gif;
using SixLabors.ImageSharp.Formats.Tiff;
using SixLabors.ImageSharp.Formats.Tiff.Constants;
using SixLabors.ImageSharp.PixelFormats;

namespace LoraFunctions.Imaging.Tests;

/// <summary>Pictures and files for the tests: made here, or small files of other programs under <c>Assets/</c>.</summary>
internal static class Pictures
{
    /// <summary>A file under <c>Assets/</c>, or the same picture in a format that has none there.</summary>
    public static byte[] Asset(string name) => name switch
    {
        "made.bmp" => Made((picture, output) => picture.SaveAsBmp(output, new BmpEncoder { BitsPerPixel = BmpBitsPerPixel.Pixel24 })),
        "palette.bmp" => Made((picture, output) => picture.SaveAsBmp(output, new BmpEncoder { BitsPerPixel = BmpBitsPerPixel.Pixel8 })),
        "made.gif" => Made((picture, output) => picture.SaveAsGif(output)),
        "frames.gif" => Frames((picture, output) => picture.SaveAsGif(output)),
        "frames.tif" => Frames((picture, output) => picture.SaveAsTiff(output)),
        "plain.tif" => Tiff(TiffCompression.None),
        "deflate.tif" => Tiff(TiffCompression.Deflate),
        "lzw.tif" => Tiff(TiffCompression.Lzw),
        "packbits.tif" => Tiff(TiffCompression.PackBits),
        _ => Embedded(name),
    };

    private static byte[] Tiff(TiffCompression compression) =>
        Made((picture, output) => picture.SaveAsTiff(output, new TiffEncoder { Compression = compression, BitsPerPixel = TiffBitsPerPixel.Bit24 }));

    private static byte[] Made(Action<Image<Rgb24>, Stream> save)
    {
        var image = ImageCodec.Decode(Embedded("lossless.webp"));
        using var picture = Image.LoadPixelData<Rgb24>(image.Pixels, image.Width, image.Height);
        using var output = new MemoryStream();
        save(picture, output);
        return output.ToArray();
    }

    // A second picture, all black, behind the first.
    private static byte[] Frames(Action<Image<Rgb24>, Stream> save) => Made((picture, output) =>
    {
        using var black = new Image<Rgb24>(picture.Width, picture.Height);
        picture.Frames.AddFrame(black.Frames.RootFrame);
        save(picture, output);
    });

    private static byte[] Embedded(string name)
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

    /// <summary>The file with EXIF's orientation in it, where its format keeps it.</summary>
    public static byte[] WithOrientation(byte[] file, byte orientation)
    {
        byte[] exif = [.. "MM\0*\0\0\0\u0008\0\u0001\u0001\u0012\0\u0003\0\0\0\u0001\0"u8, orientation, 0, 0, 0, 0, 0, 0];
        if (file[0] == 0xFF)
        {
            return [.. file[..2], 0xFF, 0xE1, 0, (byte)(exif.Length + 8), .. "Exif\0\0"u8, .. exif, .. file[2..]];
        }

        if (file[0] == 0x89)
        {
            return [.. file[..33], .. PngChunk("eXIf"u8, exif), .. file[33..]];
        }

        // A TIFF's own directory: its first entry, of a tag that says nothing about the pixels, gives way.
        var at = BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(4)) + 2;
        while (BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(at)) is not (282 or 296 or 305))
        {
            at += 12;
        }

        var turned = (byte[])file.Clone();
        ((byte[])[0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]).CopyTo(turned, at);
        return turned;
    }

    public static byte[] PngChunk(ReadOnlySpan<byte> type, byte[] data)
    {
        byte[] chunk = [0, 0, 0, 0, .. type, .. data, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(8 + data.Length), Crc32.HashToUInt32(chunk.AsSpan(4, 4 + data.Length)));
        return chunk;
    }
}
