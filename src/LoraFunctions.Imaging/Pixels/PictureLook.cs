using System.Globalization;
using System.Numerics;
using LoraFunctions.Imaging.Codecs;

namespace LoraFunctions.Imaging.Pixels;

/// <summary>
/// How a picture looks, small enough to keep: its PDQ hashes, and of a thumbnail 24x24 colours and the lines of 96x96 grey values. PDQ alone
/// misses cropped and some mirrored copies, and takes plain pictures of different cars for one; so pictures that could be
/// the same are laid over each other, and it is their lines that must agree.
/// </summary>
public sealed class PictureLook
{
    // Correlations of the rough colours, and of the colours when laid over each other, from which a closer look is worth
    // its time: few pairs of different shots reach the first.
    private const double CandidateLikeness = 0.7;
    private const double CandidateColours = 0.85;

    private const int RoughSide = 16;
    private const int CornerLoss = 7;
    private const int CoarseSteps = 10;
    private const int FineSteps = 4;

    // Lines: what is left of grey values smoothed a little when those smoothed more are taken away.
    private const double FineSmoothing = 0.8;
    private const double CoarseSmoothing = 2.4;

    private const int GreySide = 96;
    private const int ThumbnailQuality = 90;

    private readonly PdqHash _hash;
    private readonly PdqHash _mirroredHash;
    private readonly byte[] _thumbnail;

    // Of the whole, then of what is left when each corner in turn has lost some.
    private readonly float[][] _rough;
    private readonly float[][] _mirroredRough;

    // Made when first asked for, which few photos are: kept for all of them they would be most of a gate's memory.
    private readonly Lazy<Planes> _planes;

    private PictureLook(PdqHash hash, PdqHash mirroredHash, int quality, byte[] thumbnail)
    {
        (_hash, _mirroredHash, Quality, _thumbnail) = (hash, mirroredHash, quality, thumbnail);
        var image = ImageCodec.Decode(thumbnail);
        RgbImage[] views = [image, .. Enumerable.Range(0, 4).Select(corner => Resizer.Crop(image, corner % 2 * CornerLoss, corner / 2 * CornerLoss, GreySide - CornerLoss, GreySide - CornerLoss))];
        _rough = [.. views.Select(Rough)];
        _mirroredRough = [.. _rough.Select(Mirrored)];
        _planes = new Lazy<Planes>(() => Planes.Of(ImageCodec.Decode(thumbnail)));
    }

    /// <summary>PDQ's, 0 to 100: how much there is to see.</summary>
    public int Quality { get; }

    public static PictureLook Of(RgbImage image)
    {
        var pdq = Pdq.Of(image);
        var thumbnail = ImageCodec.EncodeJpeg(Resizer.Resize(image, GreySide, GreySide, ResizeFilter.Area), ThumbnailQuality);
        return new PictureLook(pdq.Hash(), pdq.Hash(Dihedral.FlipY), pdq.Quality, thumbnail);
    }

    /// <summary>What <see cref="Text"/> gave: the same look, without the picture.</summary>
    /// <exception cref="FormatException">It is no such text.</exception>
    public static PictureLook Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        try
        {
            return text.Split(' ') is [var hash, var mirrored, var quality, var thumbnail]
                ? new PictureLook(PdqHash.Parse(hash), PdqHash.Parse(mirrored), int.Parse(quality, CultureInfo.InvariantCulture), Convert.FromBase64String(thumbnail))
                : throw new FormatException($"A look of {text.Length} characters has not the four parts of one: two hashes, a quality and a thumbnail.");
        }
        catch (UnreadableImageException e)
        {
            throw new FormatException($"The thumbnail of a look cannot be read: {e.Message}.", e);
        }
    }

    /// <summary>All of it in some 5,000 letters: both hashes, the quality, and the thumbnail that everything else is made from.</summary>
    public string Text() => string.Create(CultureInfo.InvariantCulture, $"{_hash} {_mirroredHash} {Quality} {Convert.ToBase64String(_thumbnail)}");

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

    // Correlation of the rough colours, of the whole pictures and where one of them lost a corner: cheap enough to ask of every pair.
    private double Likeness(PictureLook other, bool mirrored)
    {
        var (mine, its) = (mirrored ? _mirroredRough : _rough, other._rough);
        var most = Dot(mine[0], its[0]);
        for (var corner = 1; corner < mine.Length && most < CandidateLikeness; corner++)
        {
            most = Math.Max(most, Math.Max(Dot(mine[corner], its[0]), Dot(mine[0], its[corner])));
        }

        return most;
    }

    private double Agreement(PictureLook other, bool mirrored, int distance)
    {
        if (distance > Pdq.DefaultMaxDistance && Likeness(other, mirrored) < CandidateLikeness)
        {
            return 0;
        }

        var (mine, its) = (_planes.Value, other._planes.Value);
        var place = new Placing(mirrored).Improved(mine.Colours, its.Colours, CoarseSteps);
        var colours = SquarePlane.Correlation(mine.Colours, its.Colours, place);
        return colours < CandidateColours ? 0 : SquarePlane.Correlation(mine.Lines, its.Lines, place.Improved(mine.Grey, its.Grey, FineSteps));
    }

    // Each value less the mean, all together of length 1.
    private static float[] Rough(RgbImage image)
    {
        var pixels = Resizer.Resize(image, RoughSide, RoughSide, ResizeFilter.Area).Pixels;
        var sum = 0;
        foreach (var value in pixels)
        {
            sum += value;
        }

        var mean = (float)sum / pixels.Length;
        var values = new float[pixels.Length];
        for (var i = 0; i < pixels.Length; i++)
        {
            values[i] = pixels[i] - mean;
        }

        var length = MathF.Sqrt(Dot(values, values));
        for (var i = 0; i < pixels.Length && length > 0; i++)
        {
            values[i] /= length;
        }

        return values;
    }

    private static float[] Mirrored(float[] rough)
    {
        var mirrored = new float[rough.Length];
        for (var pixel = 0; pixel < RoughSide * RoughSide; pixel++)
        {
            var from = (pixel / RoughSide * RoughSide) + RoughSide - 1 - (pixel % RoughSide);
            rough.AsSpan(from * 3, 3).CopyTo(mirrored.AsSpan(pixel * 3));
        }

        return mirrored;
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

    private sealed record Planes(SquarePlane Colours, SquarePlane Grey, SquarePlane Lines)
    {
        public static Planes Of(RgbImage image)
        {
            var (fine, coarse) = (GreyPlane.Of(image).Smooth(FineSmoothing), GreyPlane.Of(image).Smooth(CoarseSmoothing));
            return new Planes(
                new SquarePlane(24, 3, [.. Resizer.Resize(image, 24, 24, ResizeFilter.Area).Pixels.Select(value => (float)value)]),
                new SquarePlane(GreySide, 1, fine.Values),
                new SquarePlane(GreySide, 1, [.. fine.Values.Zip(coarse.Values, (a, b) => a - b)]));
        }
    }
}
