using System.Numerics;

namespace LoraFunctions.Imaging.Pixels;

/// <summary>
/// How a picture looks, small enough to keep: its PDQ hashes, 24x24 colours and the lines of 96x96 grey values. PDQ alone
/// misses cropped and some mirrored copies, and takes plain pictures of different cars for one; so pictures that could be
/// the same are laid over each other, and it is their lines that must agree.
/// </summary>
public sealed class PictureLook
{
    // Correlations of the rough colours, and of the colours when laid over each other, from which a closer look is worth
    // its time: few pairs of different shots reach the first; a copy that lost 5 % at one corner has 0.8 and more.
    private const double CandidateLikeness = 0.7;
    private const double CandidateColours = 0.85;

    private const int RoughSide = 16;
    private const int CoarseSteps = 10;
    private const int FineSteps = 4;

    // Lines: what is left of grey values smoothed a little when those smoothed more are taken away.
    private const double FineSmoothing = 0.8;
    private const double CoarseSmoothing = 2.4;

    private readonly PdqHash _hash;
    private readonly PdqHash _mirroredHash;
    private readonly float[] _rough;
    private readonly float[] _mirroredRough;
    private readonly SquarePlane _colours;
    private readonly SquarePlane _grey;
    private readonly SquarePlane _lines;

    private PictureLook(RgbImage image)
    {
        Pdq = Pdq.Of(image);
        (_hash, _mirroredHash) = (Pdq.Hash(), Pdq.Hash(Dihedral.FlipY));
        (_rough, _mirroredRough) = (Rough(image, mirrored: false), Rough(image, mirrored: true));
        _colours = new SquarePlane(24, 3, [.. Resizer.Resize(image, 24, 24, ResizeFilter.Area).Pixels.Select(value => (float)value)]);
        var grey = GreyPlane.Of(Resizer.Resize(image, 96, 96, ResizeFilter.Area));
        var fine = grey.Smooth(FineSmoothing);
        _grey = new SquarePlane(96, 1, fine.Values);
        _lines = new SquarePlane(96, 1, [.. fine.Values.Zip(grey.Smooth(CoarseSmoothing).Values, (a, b) => a - b)]);
    }

    public Pdq Pdq { get; }

    public static PictureLook Of(RgbImage image) => new(image);

    /// <summary>Bits by which the hashes differ, mirrored or not.</summary>
    public int DistanceTo(PictureLook other) => Math.Min(_hash.DistanceTo(other._hash), _mirroredHash.DistanceTo(other._hash));

    /// <summary>
    /// How far the lines agree when one picture is laid over the other as well as a shift, a stretch and a mirror allow:
    /// their correlation, 1 for the same picture; 0 where hashes and colours are too far apart to ask.
    /// </summary>
    public double AgreementWith(PictureLook other) =>
        Math.Max(
            Agreement(other, mirrored: false, _hash.DistanceTo(other._hash)),
            Agreement(other, mirrored: true, _mirroredHash.DistanceTo(other._hash)));

    /// <summary>Correlation of the rough colours, not laid over each other in any way: cheap enough to ask of every pair.</summary>
    internal double Likeness(PictureLook other, bool mirrored) => Dot(mirrored ? _mirroredRough : _rough, other._rough);

    private double Agreement(PictureLook other, bool mirrored, int distance)
    {
        if (distance > Pdq.DefaultMaxDistance && Likeness(other, mirrored) < CandidateLikeness)
        {
            return 0;
        }

        var place = new Placing(mirrored).Improved(_colours, other._colours, CoarseSteps);
        var colours = SquarePlane.Correlation(_colours, other._colours, place);
        return colours < CandidateColours ? 0 : SquarePlane.Correlation(_lines, other._lines, place.Improved(_grey, other._grey, FineSteps));
    }

    // Each channel less its mean, all together of length 1.
    private static float[] Rough(RgbImage image, bool mirrored)
    {
        var pixels = Resizer.Resize(image, RoughSide, RoughSide, ResizeFilter.Area).Pixels;
        var mean = pixels.Average(value => value);
        var values = new float[pixels.Length];
        for (var i = 0; i < pixels.Length; i++)
        {
            var (pixel, channel) = (i / 3, i % 3);
            var from = mirrored ? (pixel / RoughSide * RoughSide) + RoughSide - 1 - (pixel % RoughSide) : pixel;
            values[i] = (float)(pixels[(from * 3) + channel] - mean);
        }

        var length = MathF.Sqrt(Dot(values, values));
        return length == 0 ? values : [.. values.Select(value => value / length)];
    }

    private static float Dot(float[] a, float[] b)
    {
        var sums = Vector<float>.Zero;
        for (var i = 0; i <= a.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            sums += new Vector<float>(a, i) * new Vector<float>(b, i);
        }

        return Vector.Sum(sums);
    }
}
