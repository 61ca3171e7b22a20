namespace LoraFunctions.Showroom.Drawings;

/// <summary>A closed shape in metres, x to the right and y up, of straight lines and cubic Bezier curves.</summary>
internal sealed class Outline
{
    private const int CurveSteps = 16;
    private const int EllipseSteps = 48;

    private readonly List<(double X, double Y)> _points = [];

    public IReadOnlyList<(double X, double Y)> Points => _points;

    public static Outline From(double x, double y)
    {
        var outline = new Outline();
        outline._points.Add((x, y));
        return outline;
    }

    public static Outline Box(double left, double bottom, double right, double top) =>
        From(left, bottom).To(left, top).To(right, top).To(right, bottom);

    public static Outline Polygon(params ReadOnlySpan<(double X, double Y)> points)
    {
        var outline = new Outline();
        outline._points.AddRange(points);
        return outline;
    }

    public static Outline Ellipse(double x, double y, double radiusX, double radiusY)
    {
        var outline = new Outline();
        for (var i = 0; i < EllipseSteps; i++)
        {
            var angle = 2 * Math.PI * i / EllipseSteps;
            outline._points.Add((x + (radiusX * Math.Cos(angle)), y + (radiusY * Math.Sin(angle))));
        }

        return outline;
    }

    /// <summary>A box with corners rounded by <paramref name="radius"/>.</summary>
    public static Outline RoundBox(double left, double bottom, double right, double top, double radius)
    {
        var r = Math.Min(radius, Math.Min(right - left, top - bottom) / 2);
        var k = r * 0.45;
        return From(left + r, bottom)
            .To(right - r, bottom).Curve(right - k, bottom, right, bottom + k, right, bottom + r)
            .To(right, top - r).Curve(right, top - k, right - k, top, right - r, top)
            .To(left + r, top).Curve(left + k, top, left, top - k, left, top - r)
            .To(left, bottom + r).Curve(left, bottom + k, left + k, bottom, left + r, bottom);
    }

    public Outline To(double x, double y)
    {
        _points.Add((x, y));
        return this;
    }

    public Outline Curve(double x1, double y1, double x2, double y2, double x, double y)
    {
        var (x0, y0) = _points[^1];
        for (var i = 1; i <= CurveSteps; i++)
        {
            var t = (double)i / CurveSteps;
            var (a, b, c, d) = ((1 - t) * (1 - t) * (1 - t), 3 * t * (1 - t) * (1 - t), 3 * t * t * (1 - t), t * t * t);
            _points.Add(((a * x0) + (b * x1) + (c * x2) + (d * x), (a * y0) + (b * y1) + (c * y2) + (d * y)));
        }

        return this;
    }

    /// <summary>The same shape on the other side of x = 0, for what comes in pairs.</summary>
    public Outline Mirrored()
    {
        var outline = new Outline();
        outline._points.AddRange(_points.Select(point => (-point.X, point.Y)));
        return outline;
    }
}
