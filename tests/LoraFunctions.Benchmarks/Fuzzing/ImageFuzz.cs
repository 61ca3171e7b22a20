using System.Buffers.Binary;
using System.IO.Hashing;
using LoraFunctions.Imaging;
using LoraFunctions.Imaging.Codecs;
using LoraFunctions.Imaging.Metadata;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats.Bmp;
using SixLabors.ImageSharp.Formats.Tiff;
using SixLabors.ImageSharp.Formats.Tiff.Constants;
using SixLabors.ImageSharp.PixelFormats;

namespace LoraFunctions.Benchmarks.Fuzzing;

/// <summary>
/// Small files of all formats with bytes flipped, cut, doubled, exchanged, numbers set to
/// extremes and checksums mended behind it. Each gives a picture or an
/// <see cref="UnreadableImageException"/>.
/// </summary>
internal static class ImageFuzz
{
    // A picture of a million pixels takes 12 MB. A lossless WebP may ask for 65536 groups of Huffman tables of 18 KB each,
    // which the image library makes before it sees that the file has no more bits; that is the most any file can do.
    private const long MostMemory = 50_000_000;
    private const long MostMemoryOfWebP = 1_300_000_000;

    private static readonly DecodeOptions Options = new() { MaxPixels = 1_000_000 };

    private static readonly uint[] Extremes = [0, 1, 2, 3, 4, 7, 8, 16, 127, 128, 255, 256, 32767, 32768, 65535, 65536, int.MaxValue, 0x80000000, uint.MaxValue];

    public static FuzzTarget Images { get; } = Of(Seeds(), input =>
    {
        var image = ImageCodec.Decode(input, Options);
        return image.Pixels.Length == image.Width * image.Height * 3 ? true : throw new InvalidOperationException("the pixels do not fit the size");
    });

    /// <summary>What finished pictures say about themselves, in all formats that keep it.</summary>
    public static FuzzTarget Metadata { get; } = Of(
        [.. Enum.GetValues<PictureKind>().Select(kind => PictureFile.Encode(
            new RgbImage(16, 8), new PictureMetadata("a car, 城市\nSteps: 20, Sampler: Euler, Seed: 7", new AiLabel("LoraFunctions", "42")), kind))],
        input => PictureFile.ReadMetadata(input).Label is not null);

    private static FuzzTarget Of(byte[][] seeds, Func<byte[], bool> read) => new(
        random => Mutate(seeds[random.Next(seeds.Length)], seeds, random),
        input =>
        {
            try
            {
                return read(input);
            }
            catch (Exception refused) when (refused is UnreadableImageException or MetadataException)
            {
                return false;
            }
        },
        input => input.AsSpan().StartsWith("RIFF"u8) ? MostMemoryOfWebP : MostMemory);

    private static byte[][] Seeds()
    {
        var assembly = typeof(ImageFuzz).Assembly;
        var files = assembly.GetManifestResourceNames().Where(name => name.StartsWith("seed.", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(name =>
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return bytes;
        }).ToList();
        var image = ImageCodec.Decode(files[0]);
        using var picture = Image.LoadPixelData<Rgb24>(image.Pixels, image.Width, image.Height);
        foreach (var bits in new[] { BmpBitsPerPixel.Pixel8, BmpBitsPerPixel.Pixel16, BmpBitsPerPixel.Pixel24, BmpBitsPerPixel.Pixel32 })
        {
            files.Add(Saved(output => picture.SaveAsBmp(output, new BmpEncoder { BitsPerPixel = bits })));
        }

        files.Add(Saved(picture.SaveAsGif));
        foreach (var compression in new[] { TiffCompression.None, TiffCompression.Lzw, TiffCompression.Deflate, TiffCompression.PackBits })
        {
            files.Add(Saved(output => picture.SaveAsTiff(output, new TiffEncoder { Compression = compression })));
            files.Add(Saved(output => picture.SaveAsTiff(output, new TiffEncoder { Compression = compression, BitsPerPixel = TiffBitsPerPixel.Bit8, PhotometricInterpretation = TiffPhotometricInterpretation.PaletteColor })));
        }

        return [.. files];
    }

    private static byte[] Saved(Action<Stream> save)
    {
        using var output = new MemoryStream();
        save(output);
        return output.ToArray();
    }

    private static byte[] Mutate(byte[] seed, byte[][] seeds, Random random)
    {
        var bytes = new List<byte>(seed);
        for (var times = random.Next(1, 6); times > 0 && bytes.Count > 8; times--)
        {
            // Headers are short and decide most: half of the changes go there.
            var at = random.Next(random.Next(2) == 0 ? Math.Min(bytes.Count, 200) : bytes.Count);
            var length = Math.Min(random.Next(1, 1 << random.Next(1, 8)), bytes.Count - at);
            switch (random.Next(8))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes.RemoveRange(at, length);
                    break;
                case 3:
                    bytes.InsertRange(at, bytes.GetRange(at, length));
                    break;
                case 4:
                    var other = seeds[random.Next(seeds.Length)];
                    bytes.InsertRange(at, other.AsSpan(random.Next(other.Length / 2), Math.Min(length, other.Length / 2)).ToArray());
                    break;
                case 5:
                    bytes.RemoveRange(at + length, random.Next(bytes.Count - at - length + 1));
                    break;
                default:
                    var number = new byte[4];
                    var value = Extremes[random.Next(Extremes.Length)];
                    BinaryPrimitives.WriteUInt32LittleEndian(number, random.Next(2) == 0 ? value : BinaryPrimitives.ReverseEndianness(value));
                    for (var i = 0; i < (random.Next(2) == 0 ? 2 : 4) && at + i < bytes.Count; i++)
                    {
                        bytes[at + i] = number[i];
                    }

                    break;
            }
        }

        byte[] file = [.. bytes];
        if (file is [0x89, ..] && random.Next(4) > 0)
        {
            MendChecksums(file);
        }

        return file;
    }

    private static void MendChecksums(Span<byte> png)
    {
        for (var at = 8; at + 12 <= png.Length;)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(png[at..]);
            if (length > png.Length - at - 12)
            {
                return;
            }

            var end = at + 8 + (int)length;
            BinaryPrimitives.WriteUInt32BigEndian(png[end..], Crc32.HashToUInt32(png[(at + 4)..end]));
            at = end + 4;
        }
    }
}
