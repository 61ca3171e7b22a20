using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace LoraFunctions.Imaging.Pixels;

/// <summary>
/// How far edges are smeared: the standard deviation, in pixels, of the Gaussian that would smear an ideal edge as much
/// (after Zhuo and Sim 2011, "Defocus map estimation from a single image"). An edge of blur s that is smoothed further by
/// a has a slope in proportion to 1 / sqrt(s^2 + a^2), so the ratio of its slopes after two known smoothings gives s.
/// Contrast cancels out, which the variance of a Laplacian does not do. Only steps are asked that stand clear of noise and
/// of a codec's blocks, no thin lines, whose slopes fall faster; and the picture is first brought to one size, so that the
/// limit means the same for every camera.
/// </summary>
public static class BlurMeasure
{
    /// <summary>The shorter side at which blur is measured, in pixels; smaller pictures are measured as they are.</summary>
    public const int ReferenceSide = 1024;

    private const double FineSmoothing = 1;
    private const double CoarseSmoothing = 2;

    // In grey levels a pixel after the coarse smoothing.
    private const float LeastSlope = 1.5f;

    // Steps count whose height is so many grey levels, and so large a part of the picture's high steps: blocks and noise are lower.
    private const double LeastHeight = 15;
    private const double LeastPart = 0.3;
    private const double HighSteps = 0.95;

    // A slope against the step's, nearby and more than this part of it, makes a line.
    private const double GreatestReturn = 0.3;
    private const int Reach = 13;

    // The edge that three in ten are sharper than: what is soft by nature, shadows say, or far behind, does not count against the rest.
    private const double DecidingPart = 0.3;

    // Fewer say nothing. A picture of 64 pixels has not as many as one of 512.
    private const int LeastEdges = 40;
    private const int SideOfLeastEdges = 512;
    private const int FewestEdges = 5;

    // Larger blurs are measured at half the size, where they are half as large: these smoothings see little beyond.
    private const double GreatestReliable = 2;
    private const int LeastSide = 128;

    private const double GreatestMeasured = 20;

    // Where photos of cars have the car: so much is cut off at each side.
    private const double Around = 0.15;

    /// <summary>
    /// The blur in pixels at <see cref="ReferenceSide"/>: about 0.7 for a sharp picture. Of edges across and edges down the worse
    /// count, so that motion is seen. The middle, where the car is, may be sharp before a soft background: then it alone
    /// counts; is it more than twice as soft as the whole, half its blur does. Positive infinity when there is no edge to judge by.
    /// </summary>
    public static double Estimate(RgbImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        var side = Math.Min(image.Width, image.Height);
        return side <= ReferenceSide ? AsItIs(image) : AsItIs(Scaled(image, (double)ReferenceSide / side));
    }

    private static double AsItIs(RgbImage image)
    {
        var (across, down) = Edges(image);
        var least = Math.Clamp(LeastEdges * Math.Min(image.Width, image.Height) / SideOfLeastEdges, FewestEdges, LeastEdges);
        var whole = Worse(Deciding(across, least), Deciding(down, least));
        var middle = Worse(Deciding(InTheMiddle(across, image), least), Deciding(InTheMiddle(down, image), least));
        var blur = Math.Min(middle ?? double.PositiveInfinity, Math.Max(whole ?? double.PositiveInfinity, (middle ?? 0) / 2));
        return blur > GreatestReliable && double.IsFinite(blur) && Math.Min(image.Width, image.Height) >= 2 * LeastSide
            ? Math.Max(blur, Twice(AsItIs(Scaled(image, 0.5)), blur))
            : blur;
    }

    // Planes of millions of values, for a moment: kept for the next photo instead of asked for anew.
    private static (List<Edge> Across, List<Edge> Down) Edges(RgbImage image)
    {
        GreyPlane[] planes = [.. Enumerable.Range(0, 4).Select(_ => new GreyPlane(image.Width, image.Height, ArrayPool<float>.Shared.Rent(image.Width * image.Height)))];
        try
        {
            var (grey, between, fine, coarse) = (planes[0], planes[1], planes[2], planes[3]);
            grey.Fill(image);
            grey.Smooth(FineSmoothing, fine, between);
            grey.Smooth(CoarseSmoothing, coarse, between);
            return (Edges(fine, coarse, down: false), Edges(fine, coarse, down: true));
        }
        finally
        {
            foreach (var plane in planes)
            {
                ArrayPool<float>.Shared.Return(plane.Values);
            }
        }
    }

    private static double Twice(double half, double otherwise) => double.IsFinite(half) ? Math.Min(GreatestMeasured, 2 * half) : otherwise;

    private static RgbImage Scaled(RgbImage image, double scale) =>
        Resizer.Resize(image, (int)Math.Round(image.Width * scale), (int)Math.Round(image.Height * scale), ResizeFilter.Area);

    private static double? Worse(double? one, double? other) => one is null ? other : other is null ? one : Math.Max(one.Value, other.Value);

    private static List<Edge> InTheMiddle(List<Edge> edges, RgbImage image) =>
        edges.FindAll(edge => edge.X >= image.Width * Around && edge.X < image.Width * (1 - Around) && edge.Y >= image.Height * Around && edge.Y < image.Height * (1 - Around));

    private static double? Deciding(List<Edge> edges, int least)
    {
        if (edges.Count < least)
        {
            return null;
        }

        double[] heights = [.. edges.Select(edge => edge.Height)];
        Array.Sort(heights);
        var lowest = Math.Max(LeastHeight, LeastPart * heights[(int)(heights.Length * HighSteps)]);
        double[] blurs = [.. edges.Where(edge => edge.Height >= lowest).Select(edge => edge.Blur)];
        Array.Sort(blurs);
        return blurs.Length < least ? null : blurs[(int)(blurs.Length * DecidingPart)];
    }

    // Steps that one along the row (or down the column) crosses more or less squarely: there the coarse slope is the greatest among its neighbours.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static List<Edge> Edges(GreyPlane fine, GreyPlane coarse, bool down)
    {
        var edges = new List<Edge>();
        var (width, slopes) = (coarse.Width, coarse.Values);
        var (along, across) = down ? (width, 1) : (1, width);
        var (marginX, marginY) = down ? (1, Reach + 1) : (Reach + 1, 1);
        for (var y = marginY; y < coarse.Height - marginY; y++)
        {
            for (var group = marginX; group < width - marginX; group += Vector<float>.Count)
            {
                var end = Math.Min(group + Vector<float>.Count, width - marginX);
                if (end - group == Vector<float>.Count && !MayHoldAnEdge(slopes, (y * width) + group, along, across))
                {
                    continue;
                }

                for (var x = group; x < end; x++)
                {
                    if (EdgeAt(x, y) is { } edge)
                    {
                        edges.Add(edge);
                    }
                }
            }
        }

        return edges;

        Edge? EdgeAt(int x, int y)
        {
            var at = (y * width) + x;
            var slope = Slope(slopes, at, along);
            var size = Math.Abs(slope);
            if (size < LeastSlope || size <= Math.Abs(Slope(slopes, at - along, along)) || size < Math.Abs(Slope(slopes, at + along, along))
                || Math.Abs(Slope(slopes, at, across)) > 0.7 * size)
            {
                return null;
            }

            var steepest = Math.Max(Steepness(fine, at), Math.Max(Steepness(fine, at - along), Steepness(fine, at + along)));
            var steepness = Steepness(coarse, at);
            var blur = BlurOf(steepest / steepness);
            var spread = Math.Sqrt((blur * blur) + (CoarseSmoothing * CoarseSmoothing));
            return Returns(slopes, at, along, slope, Math.Min(Reach, (int)Math.Ceiling(2.5 * spread)))
                ? null
                : new Edge(x, y, steepness * Math.Sqrt(2 * Math.PI) * spread, blur);
        }
    }

    // Most of a picture does not: looked at many values at a time. A little generous, so that the exact question decides.
    private static bool MayHoldAnEdge(float[] values, int at, int along, int across)
    {
        var slope = Vector.Abs(new Vector<float>(values, at + along) - new Vector<float>(values, at - along));
        var before = Vector.Abs(new Vector<float>(values, at) - new Vector<float>(values, at - (2 * along)));
        var after = Vector.Abs(new Vector<float>(values, at + (2 * along)) - new Vector<float>(values, at));
        var aside = Vector.Abs(new Vector<float>(values, at + across) - new Vector<float>(values, at - across));
        return Vector.EqualsAny(
            Vector.GreaterThanOrEqual(slope, new Vector<float>(2 * LeastSlope)) & Vector.GreaterThan(slope, before) & Vector.GreaterThanOrEqual(slope, after)
                & Vector.LessThanOrEqual(aside, 0.701f * slope),
            Vector<int>.AllBitsSet);
    }

    private static bool Returns(float[] values, int at, int along, float slope, int reach)
    {
        for (var i = -reach; i <= reach; i++)
        {
            if (-Math.Sign(slope) * Slope(values, at + (i * along), along) > GreatestReturn * Math.Abs(slope))
            {
                return true;
            }
        }

        return false;
    }

    // Change a pixel along one direction.
    private static float Slope(float[] values, int at, int step) => (values[at + step] - values[at - step]) / 2;

    // Change a pixel in the direction of the greatest.
    private static double Steepness(GreyPlane plane, int at)
    {
        var (across, down) = (Slope(plane.Values, at, 1), Slope(plane.Values, at, plane.Width));
        return Math.Sqrt((across * across) + (down * down));
    }

    // ratio^2 = (s^2 + coarse^2) / (s^2 + fine^2), solved for s.
    private static double BlurOf(double ratio)
    {
        var square = ratio * ratio;
        var variance = square <= 1
            ? GreatestMeasured * GreatestMeasured
            : ((CoarseSmoothing * CoarseSmoothing) - (square * FineSmoothing * FineSmoothing)) / (square - 1);
        return Math.Min(GreatestMeasured, Math.Sqrt(Math.Max(0, variance)));
    }

    /// <param name="Height">Of the step in grey levels.</param>
    private readonly record struct Edge(int X, int Y, double Height, double Blur);
}
