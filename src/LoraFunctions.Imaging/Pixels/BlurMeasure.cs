namespace LoraFunctions.Imaging.Pixels;

/// <summary>
/// How far edges are smeared: the standard deviation, in pixels, of the Gaussian that would smear an ideal edge as much
/// (after Zhuo and Sim 2011, "Defocus map estimation from a single image"). An edge of blur s that is smoothed further by
/// a has a slope in proportion to 1 / sqrt(s^2 + a^2), so the ratio of its slopes after two known smoothings gives s.
/// Contrast cancels out, which the variance of a Laplacian does not do; only the strongest edges are asked, where noise
/// is small beside the slope; and the picture is first brought to one size, so the limit means the same for every camera.
/// </summary>
public static class BlurMeasure
{
    /// <summary>The shorter side at which blur is measured, in pixels; smaller pictures are measured as they are.</summary>
    public const int ReferenceSide = 512;

    private const double FineSmoothing = 1.2;
    private const double CoarseSmoothing = 2.4;

    // In grey levels a pixel after the coarse smoothing. Sensor noise of 20 levels gives a deviation of 0.7 there.
    private const float LeastSlope = 2f;

    // The strongest tenth of the edges decides: a soft background behind a sharp car must not count against it.
    private const double StrongestPart = 0.1;

    private const int LeastEdges = 40;

    /// <summary>
    /// The blur of the picture's strongest edges in pixels at <see cref="ReferenceSide"/>: below 1 for a sharp picture. Of the
    /// two directions the worse counts, so that motion blur is seen; positive infinity when there is no edge to judge by.
    /// </summary>
    public static double Estimate(RgbImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        var grey = GreyPlane.Of(AtReferenceSize(image));
        var fine = grey.Smooth(FineSmoothing);
        var coarse = grey.Smooth(CoarseSmoothing);
        var across = MedianBlur(fine, coarse);
        var down = MedianBlur(fine.Transpose(), coarse.Transpose());
        return (across, down) switch
        {
            (null, null) => double.PositiveInfinity,
            ({ } one, null) => one,
            (null, { } one) => one,
            ({ } a, { } b) => Math.Max(a, b),
        };
    }

    private static RgbImage AtReferenceSize(RgbImage image)
    {
        var scale = (double)ReferenceSide / Math.Min(image.Width, image.Height);
        return scale >= 1
            ? image
            : Resizer.Resize(image, (int)Math.Round(image.Width * scale), (int)Math.Round(image.Height * scale), ResizeFilter.Area);
    }

    // Over edges that a step along x crosses: places where the coarse slope is greatest among its neighbours in the row.
    private static double? MedianBlur(GreyPlane fine, GreyPlane coarse)
    {
        var edges = new List<(float Slope, double Blur)>();
        for (var y = 0; y < coarse.Height; y++)
        {
            for (var x = 2; x < coarse.Width - 2; x++)
            {
                var slope = Math.Abs(coarse.SlopeX(x, y));
                if (slope >= LeastSlope && slope > Math.Abs(coarse.SlopeX(x - 1, y)) && slope >= Math.Abs(coarse.SlopeX(x + 1, y)))
                {
                    var beside = Math.Max(Math.Abs(fine.SlopeX(x - 1, y)), Math.Abs(fine.SlopeX(x + 1, y)));
                    var steepest = Math.Max(Math.Abs(fine.SlopeX(x, y)), beside);
                    edges.Add((slope, BlurOf(steepest / slope)));
                }
            }
        }

        if (edges.Count < LeastEdges)
        {
            return null;
        }

        var strongest = edges.OrderByDescending(edge => edge.Slope).Take(Math.Max(LeastEdges, (int)(edges.Count * StrongestPart)));
        var blurs = strongest.Select(edge => edge.Blur).Order().ToArray();
        return blurs[blurs.Length / 2];
    }

    // ratio^2 = (s^2 + coarse^2) / (s^2 + fine^2), solved for s.
    private static double BlurOf(double ratio)
    {
        var square = ratio * ratio;
        const double GreatestMeasured = 20;
        var variance = square <= 1
            ? GreatestMeasured * GreatestMeasured
            : ((CoarseSmoothing * CoarseSmoothing) - (square * FineSmoothing * FineSmoothing)) / (square - 1);
        return Math.Min(GreatestMeasured, Math.Sqrt(Math.Max(0, variance)));
    }
}
