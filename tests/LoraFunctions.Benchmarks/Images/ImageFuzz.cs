using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.IO.Hashing;
using LoraFunctions.Imaging.Codecs;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats.Bmp;
using SixLabors.ImageSharp.Formats.Tiff;
using SixLabors.ImageSharp.Formats.Tiff.Constants;
using SixLabors.ImageSharp.PixelFormats;

namespace LoraFunctions.Benchmarks.Images;

/// <summary>
/// <c>fuzz-images [count] [seed]</c>: small files of all formats with bytes flipped, cut, doubled, exchanged, numbers set to
/// extremes and checksums mended behind it. Each must give a picture or an <see cref="UnreadableImageException"/>, in less
/// than <see cref="Hang"/>.
/// </summary>
internal static class ImageFuzz
{
    private const long DefaultCount = 1_000_000;
    private const int MostFailures = 10;

    // A picture of a million pixels takes 12 MB. A lossless WebP may ask for 65536 groups of Huffman tables of 18 KB each,
    // which the image library makes before it sees that the file has no more bits; that is the most any file can do.
    private const long MostMemory = 50_000_000;
    private const long MostMemoryOfWebP = 1_300_000_000;

    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(10);

    private static readonly DecodeOptions Options = new() { MaxPixels = 1_000_000 };

    private static readonly uint[] Extremes = [0, 1, 2, 3, 4, 7, 8, 16, 127, 128, 255, 256, 32767, 32768, 65535, 65536, int.MaxValue, 0x80000000, uint.MaxValue];

    public static void Run(string[] arguments)
    {
        var count = arguments.Length > 0 ? long.Parse(arguments[0], CultureInfo.InvariantCulture) : DefaultCount;
        var random = new Random(arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : 1);
        var seeds = Seeds();
        var outcomes = new SortedDictionary<string, long>(StringComparer.Ordinal);
        var failures = new List<string>();
        var (watch, slowest, greatest) = (Stopwatch.StartNew(), TimeSpan.Zero, 0L);
        byte[] input = [];
        using var watchdog = new Timer(seen =>
        {
            // The same array at two looks in a row: it did not come back in between.
            if (input.Length > 0 && ReferenceEquals(input, ((byte[]?[])seen!)[0]))
            {
                Console.WriteLine($"FAILURE hang: {Convert.ToBase64String(input)}");
                Environment.Exit(1);
            }

            ((byte[]?[])seen!)[0] = input;
        }, new byte[]?[1], Hang, Hang);
        for (long i = 1; i <= count && failures.Count < MostFailures; i++)
        {
            input = Mutate(seeds[random.Next(seeds.Length)], seeds, random);
            var (started, allocated) = (watch.Elapsed, GC.GetAllocatedBytesForCurrentThread());
            string outcome;
            try
            {
                var image = ImageCodec.Decode(input, Options);
                outcome = image.Pixels.Length == image.Width * image.Height * 3 ? "read" : throw new InvalidOperationException("the pixels do not fit the size");
            }
            catch (UnreadableImageException refused)
            {
                outcome = refused.Reason.ToString();
            }
            catch (Exception fault)
            {
                outcome = "FAILURE";
                failures.Add($"{Convert.ToBase64String(input)}: {fault}");
            }

            outcomes[outcome] = outcomes.GetValueOrDefault(outcome) + 1;
            slowest = TimeSpan.FromTicks(Math.Max(slowest.Ticks, (watch.Elapsed - started).Ticks));
            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
            greatest = Math.Max(greatest, allocated);
            if (allocated > (input.AsSpan().StartsWith("RIFF"u8) ? MostMemoryOfWebP : MostMemory))
            {
                failures.Add($"{Convert.ToBase64String(input)}: took {allocated / 1e6:f0} MB ({outcome})");
            }

            if (i % 100_000 == 0)
            {
                Console.WriteLine($"{i} inputs, {watch.Elapsed.TotalSeconds:f0} s, {ResidentMemory.Now:f2} GB resident");
            }
        }

        Console.WriteLine(string.Join(", ", outcomes.Select(outcome => $"{outcome.Value} {outcome.Key}")));
        Console.WriteLine($"{failures.Count} failures, {watch.Elapsed.TotalSeconds:f1} s; slowest {slowest.TotalMilliseconds:f0} ms, "
            + $"most managed memory for one {greatest / 1e6:f1} MB, most resident {ResidentMemory.Peak:f2} GB");
        failures.ForEach(failure => Console.WriteLine($"FAILURE {failure}"));
        Environment.ExitCode = failures.Count > 0 ? 1 : 0;
    }

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
