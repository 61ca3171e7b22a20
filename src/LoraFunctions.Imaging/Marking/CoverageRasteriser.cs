namespace LoraFunctions.Imaging.Marking;

/// <summary>
/// Fills closed contours into a mask of exact pixel coverage: every edge adds the signed area it cuts off to the cells
/// it crosses, and a running sum along each row gives the coverage (the method of FreeType's smooth rasteriser).
/// </summary>
internal sealed class CoverageRasteriser(int width, int height)
{
    // How far, in pixels, the chords may leave the curve they stand for.
    private const double Flatness = 0.05;

    private readonly double[] _cells = new double[(width * height) + 2];

    /// <param name="contour">In pixels, y downwards, inside the mask.</param>
    public void Add(IReadOnlyList<GlyphPoint> contour)
    {
        if (contour.Count < 2)
        {
            return;
        }

        // Two control points in a row have an on-curve point halfway between them (TrueType's rule).
        var first = contour[0].OnCurve ? contour[0] : contour[^1].OnCurve ? contour[^1] : Middle(contour[0], contour[^1]);
        var current = first;
        GlyphPoint? control = null;
        foreach (var point in contour)
        {
            if (point.OnCurve)
            {
                To(ref current, control, point);
                control = null;
            }
            else
            {
                if (control is { } previous)
                {
                    To(ref current, previous, Middle(previous, point));
                }

                control = point;
            }
        }

        To(ref current, control, first);
    }

    /// <summary>Row by row, 0 outside to 255 inside.</summary>
    public byte[] Mask()
    {
        var mask = new byte[width * height];
        for (var y = 0; y < height; y++)
        {
            var sum = 0.0;
            for (var x = 0; x < width; x++)
            {
                sum += _cells[(y * width) + x];
                mask[(y * width) + x] = (byte)Math.Round(Math.Min(Math.Abs(sum), 1) * 255);
            }
        }

        return mask;
    }

    private static GlyphPoint Middle(GlyphPoint a, GlyphPoint b) => new((a.X + b.X) / 2, (a.Y + b.Y) / 2, OnCurve: true);

    private void To(ref GlyphPoint from, GlyphPoint? control, GlyphPoint to)
    {
        if (control is not { } c)
        {
            Line(from.X, from.Y, to.X, to.Y);
        }
        else
        {
            var deviation = Math.Sqrt(Math.Pow(from.X - (2 * c.X) + to.X, 2) + Math.Pow(from.Y - (2 * c.Y) + to.Y, 2)) / 4;
            var steps = Math.Clamp((int)Math.Ceiling(Math.Sqrt(deviation / Flatness)), 1, 64);
            var (px, py) = (from.X, from.Y);
            for (var i = 1; i <= steps; i++)
            {
                var t = (double)i / steps;
                var (a, b, d) = ((1 - t) * (1 - t), 2 * t * (1 - t), t * t);
                var (x, y) = ((a * from.X) + (b * c.X) + (d * to.X), (a * from.Y) + (b * c.Y) + (d * to.Y));
                Line(px, py, x, y);
                (px, py) = (x, y);
            }
        }

        from = to;
    }

    private void Line(double x0, double y0, double x1, double y1)
    {
        if (y0 == y1)
        {
            return;
        }

        var direction = 1.0;
        if (y0 > y1)
        {
            (x0, y0, x1, y1, direction) = (x1, y1, x0, y0, -1.0);
        }

        for (var row = (int)y0; row < y1; row++)
        {
            var (top, bottom) = (Math.Max(row, y0), Math.Min(row + 1, y1));
            Cross(row, direction * (bottom - top), XAt(top), XAt(bottom));
        }

        double XAt(double y) => x0 + ((x1 - x0) * (y - y0) / (y1 - y0));
    }

    // One edge within one row: it is cut at the columns it crosses, and each piece covers what lies right of it, its own
    // cell in part (by the piece's middle) and, through the running sum, every following cell in full.
    private void Cross(int row, double area, double from, double to)
    {
        var (left, right) = (Math.Min(from, to), Math.Max(from, to));
        for (var column = (int)left; column <= right; column++)
        {
            var (start, end) = (Math.Max(column, left), Math.Min(column + 1, right));
            var piece = right > left ? area * (end - start) / (right - left) : area;
            var rightOfPiece = column + 1 - ((start + end) / 2);
            _cells[(row * width) + column] += piece * rightOfPiece;
            _cells[(row * width) + column + 1] += piece * (1 - rightOfPiece);
        }
    }
}
