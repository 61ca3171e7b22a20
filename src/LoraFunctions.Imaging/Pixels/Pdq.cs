using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace LoraFunctions.Imaging.Pixels;

/// <summary>A perceptual hash of 256 bits, one a frequency.</summary>
public readonly record struct PdqHash(ulong Bits255To192, ulong Bits191To128, ulong Bits127To64, ulong Bits63To0)
{
    /// <summary>Bits that differ: about 128 for unrelated pictures.</summary>
    public int DistanceTo(PdqHash other) =>
        BitOperations.PopCount(Bits255To192 ^ other.Bits255To192) + BitOperations.PopCount(Bits191To128 ^ other.Bits191To128)
        + BitOperations.PopCount(Bits127To64 ^ other.Bits127To64) + BitOperations.PopCount(Bits63To0 ^ other.Bits63To0);

    /// <summary>64 lower-case hexadecimal digits, the highest bits first.</summary>
    public override string ToString()
    {
        var bytes = new byte[32];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, Bits255To192);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(8), Bits191To128);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(16), Bits127To64);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(24), Bits63To0);
        return Convert.ToHexStringLower(bytes);
    }

    /// <exception cref="FormatException">Not 64 hexadecimal digits.</exception>
    public static PdqHash Parse(string hex)
    {
        ReadOnlySpan<byte> bytes = Convert.FromHexString(hex);
        return bytes.Length == 32
            ? new PdqHash(
                BinaryPrimitives.ReadUInt64BigEndian(bytes),
                BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]),
                BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]),
                BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]))
            : throw new FormatException($"'{hex}' is no PDQ hash; it takes 64 hexadecimal digits.");
    }
}

/// <summary>The pictures one gets by turning and mirroring, in the reference's names.</summary>
public enum Dihedral
{
    Original,
    Rotate90,
    Rotate180,
    Rotate270,

    /// <summary>Upside down.</summary>
    FlipX,

    /// <summary>Mirrored left and right.</summary>
    FlipY,
    FlipPlus1,
    FlipMinus1,
}

/// <summary>
/// PDQ (ThreatExchange, "The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm", 2019): blurred
/// brightness, 64x64 samples of it, the signs of 16x16 of its cosine frequencies against their median.
/// </summary>
public sealed class Pdq
{
    /// <summary>At most this many different bits: the same picture, says the reference.</summary>
    public const int DefaultMaxDistance = 31;

    /// <summary>A hash of a lower quality says nothing, says the reference: there is too little to see.</summary>
    public const int DefaultMinQuality = 50;

    // The reference brings larger pictures to this side too, by its nearest pixels; here by their mean.
    private const int MaxSide = 512;
    private const int LeastSide = 5;
    private const int Samples = 64;
    private const int Frequencies = 16;

    // Frequencies 1 to 16; 0, the mean, is left out.
    private static readonly float[,] Cosines = Table();

    private readonly float[,] _dct;

    private Pdq(int quality, float[,] samples, float[,] dct) => (Quality, Buffer, _dct) = (quality, samples, dct);

    /// <summary>0 to 100: how much there is to see.</summary>
    public int Quality { get; }

    /// <summary>[64, 64] brightness.</summary>
    internal float[,] Buffer { get; }

    /// <summary>[16, 16] frequencies.</summary>
    internal float[,] Dct => _dct;

    public static Pdq Of(RgbImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (Math.Min(image.Width, image.Height) < LeastSide)
        {
            return new Pdq(0, new float[Samples, Samples], new float[Frequencies, Frequencies]);
        }

        var grey = GreyPlane.Of(image.Width > MaxSide || image.Height > MaxSide ? Resizer.Fit(image, MaxSide, MaxSide, ResizeFilter.Area) : image);
        var samples = Sample(grey.Width == Samples && grey.Height == Samples ? grey : Blur(grey));
        return new Pdq(QualityOf(samples), samples, Transform(samples));
    }

    /// <summary>The hash of the picture, or of the picture turned or mirrored (near enough: sampling is not symmetric).</summary>
    public PdqHash Hash(Dihedral turned = Dihedral.Original)
    {
        var values = new float[Frequencies * Frequencies];
        for (var i = 0; i < Frequencies; i++)
        {
            for (var j = 0; j < Frequencies; j++)
            {
                var swap = turned is Dihedral.Rotate90 or Dihedral.Rotate270 or Dihedral.FlipPlus1 or Dihedral.FlipMinus1;
                var minus = turned switch
                {
                    Dihedral.Rotate90 or Dihedral.FlipY => (j & 1) == 0,
                    Dihedral.Rotate270 or Dihedral.FlipX => (i & 1) == 0,
                    Dihedral.Rotate180 or Dihedral.FlipMinus1 => ((i + j) & 1) != 0,
                    _ => false,
                };
                values[swap ? (j * Frequencies) + i : (i * Frequencies) + j] = minus ? -_dct[i, j] : _dct[i, j];
            }
        }

        var median = values.Order().ElementAt((values.Length / 2) - 1);
        Span<ulong> words = stackalloc ulong[4];
        for (var k = 0; k < values.Length; k++)
        {
            words[k / 64] |= values[k] > median ? 1UL << (k % 64) : 0;
        }

        return new PdqHash(words[3], words[2], words[1], words[0]);
    }

    private static float[,] Table()
    {
        var table = new float[Frequencies, Samples];
        for (var i = 0; i < Frequencies; i++)
        {
            for (var j = 0; j < Samples; j++)
            {
                table[i, j] = (float)(Math.Sqrt(2.0 / Samples) * Math.Cos(Math.PI / 2 / Samples * (i + 1) * ((2 * j) + 1)));
            }
        }

        return table;
    }

    private static GreyPlane Blur(GreyPlane grey)
    {
        var (alongRows, alongColumns) = ((grey.Width + 127) / 128, (grey.Height + 127) / 128);
        for (var round = 0; round < 2; round++)
        {
            grey = BoxDown(Box(grey, alongRows), alongColumns);
        }

        return grey;
    }

    // The mean over the window's part inside the row, as a running sum.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static GreyPlane Box(GreyPlane grey, int window)
    {
        var (behind, ahead) = Reach(window);
        var values = new float[grey.Values.Length];
        for (var y = 0; y < grey.Height; y++)
        {
            var row = grey.Values.AsSpan(y * grey.Width, grey.Width);
            var (sum, from, to) = (0f, 0, 0);
            for (var x = 0; x < row.Length; x++)
            {
                while (to <= Math.Min(x + ahead, row.Length - 1))
                {
                    sum += row[to++];
                }

                while (from < x - behind)
                {
                    sum -= row[from++];
                }

                values[(y * row.Length) + x] = sum / (to - from);
            }
        }

        return grey with { Values = values };
    }

    // The same over columns, all of them at once: every sum is of the same values in the same order.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static GreyPlane BoxDown(GreyPlane grey, int window)
    {
        var (behind, ahead) = Reach(window);
        var result = new GreyPlane(grey.Width, grey.Height);
        var sums = new float[grey.Width];
        var (from, to) = (0, 0);
        for (var y = 0; y < grey.Height; y++)
        {
            for (; to <= Math.Min(y + ahead, grey.Height - 1); to++)
            {
                var entering = grey.Values.AsSpan(to * grey.Width, grey.Width);
                for (var x = 0; x < sums.Length; x++)
                {
                    sums[x] += entering[x];
                }
            }

            for (; from < y - behind; from++)
            {
                var leaving = grey.Values.AsSpan(from * grey.Width, grey.Width);
                for (var x = 0; x < sums.Length; x++)
                {
                    sums[x] -= leaving[x];
                }
            }

            var row = result.Values.AsSpan(y * grey.Width, grey.Width);
            for (var x = 0; x < sums.Length; x++)
            {
                row[x] = sums[x] / (to - from);
            }
        }

        return result;
    }

    private static (int Behind, int Ahead) Reach(int window) => (window - ((window + 2) / 2), ((window + 2) / 2) - 1);

    private static float[,] Sample(GreyPlane grey)
    {
        var samples = new float[Samples, Samples];
        for (var i = 0; i < Samples; i++)
        {
            for (var j = 0; j < Samples; j++)
            {
                samples[i, j] = grey.Values[((int)((i + 0.5) * grey.Height / Samples) * grey.Width) + (int)((j + 0.5) * grey.Width / Samples)];
            }
        }

        return samples;
    }

    private static int QualityOf(float[,] samples)
    {
        var sum = 0;
        for (var i = 0; i < Samples; i++)
        {
            for (var j = 0; j < Samples - 1; j++)
            {
                sum += Math.Abs((int)((samples[j, i] - samples[j + 1, i]) * 100 / 255)) + Math.Abs((int)((samples[i, j] - samples[i, j + 1]) * 100 / 255));
            }
        }

        return Math.Min(sum / 90, 100);
    }

    private static float[,] Transform(float[,] samples)
    {
        var half = new float[Frequencies, Samples];
        var dct = new float[Frequencies, Frequencies];
        for (var i = 0; i < Frequencies; i++)
        {
            for (var j = 0; j < Samples; j++)
            {
                for (var k = 0; k < Samples; k++)
                {
                    half[i, j] += Cosines[i, k] * samples[k, j];
                }
            }
        }

        for (var i = 0; i < Frequencies; i++)
        {
            for (var j = 0; j < Frequencies; j++)
            {
                for (var k = 0; k < Samples; k++)
                {
                    dct[i, j] += half[i, k] * Cosines[j, k];
                }
            }
        }

        return dct;
    }
}
