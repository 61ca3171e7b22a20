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
        var grey = GreyPlane.Of(image);
        var (fine, coarse) = (grey.Smooth(FineSmoothing), grey.Smooth(CoarseSmoothing));
        var across = Edges(fine, coarse);
        var down = Edges(fine.Transpose(), coarse.Transpose());
        var least = Math.Clamp(LeastEdges * Math.Min(image.Width, image.Height) / SideOfLeastEdges, FewestEdges, LeastEdges);
        var whole = Worse(Deciding(across, least), Deciding(down, least));
        var middle = Worse(Deciding(InTheMiddle(across, image.Width, image.Height), least), Deciding(InTheMiddle(down, image.Height, image.Width), least));
        var blur = Math.Min(middle ?? double.PositiveInfinity, Math.Max(whole ?? double.PositiveInfinity, (middle ?? 0) / 2));
        return blur > GreatestReliable && double.IsFinite(blur) && Math.Min(image.Width, image.Height) >= 2 * LeastSide
            ? Math.Max(blur, Twice(AsItIs(Scaled(image, 0.5)), blur))
            : blur;
    }

    private static double Twice(double half, double otherwise) => double.IsFinite(half) ? Math.Min(GreatestMeasured, 2 * half) : otherwise;

    private static RgbImage Scaled(RgbImage image, double scale) =>
        Resizer.Resize(image, (int)Math.Round(image.Width * scale), (int)Math.Round(image.Height * scale), ResizeFilter.Area);

    private static double? Worse(double? one, double? other) => one is null ? other : other is null ? one : Math.Max(one.Value, other.Value);

    private static List<Edge> InTheMiddle(List<Edge> edges, int width, int height) =>
        edges.FindAll(edge => edge.X >= width * Around && edge.X < width * (1 - Around) && edge.Y >= height * Around && edge.Y < height * (1 - Around));

    private static double? Deciding(List<Edge> edges, int least)
    {
        if (edges.Count < least)
        {
            return null;
        }

        var heights = edges.Select(edge => edge.Height).Order().ToArray();
        var lowest = Math.Max(LeastHeight, LeastPart * heights[(int)(heights.Length * HighSteps)]);
        var blurs = edges.Where(edge => edge.Height >= lowest).Select(edge => edge.Blur).Order().ToArray();
        return blurs.Length < least ? null : blurs[(int)(blurs.Length * DecidingPart)];
    }

    // Steps that one along x crosses more or less squarely: the coarse slope is the greatest among its neighbours in the row.
    private static List<Edge> Edges(GreyPlane fine, GreyPlane coarse)
    {
        var edges = new List<Edge>();
        for (var y = 1; y < coarse.Height - 1; y++)
        {
            for (var x = Reach + 1; x < coarse.Width - Reach - 1; x++)
            {
                var slope = coarse.SlopeX(x, y);
                var along = Math.Abs(slope);
                if (along < LeastSlope || along <= Math.Abs(coarse.SlopeX(x - 1, y)) || along < Math.Abs(coarse.SlopeX(x + 1, y))
                    || Math.Abs(coarse.SlopeY(x, y)) > 0.7 * along)
                {
                    continue;
                }

                var steepest = Math.Max(fine.Slope(x, y), Math.Max(fine.Slope(x - 1, y), fine.Slope(x + 1, y)));
                var blur = BlurOf(steepest / coarse.Slope(x, y));
                var width = Math.Sqrt((blur * blur) + (CoarseSmoothing * CoarseSmoothing));
                if (!Returns(coarse, x, y, slope, Math.Min(Reach, (int)Math.Ceiling(2.5 * width))))
                {
                    edges.Add(new Edge(x, y, coarse.Slope(x, y) * Math.Sqrt(2 * Math.PI) * width, blur));
                }
            }
        }

        return edges;
    }

    private static bool Returns(GreyPlane coarse, int x, int y, float slope, int reach)
    {
        for (var at = x - reach; at <= x + reach; at++)
        {
            if (-Math.Sign(slope) * coarse.SlopeX(at, y) > GreatestReturn * Math.Abs(slope))
            {
                return true;
            }
        }

        return false;
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
