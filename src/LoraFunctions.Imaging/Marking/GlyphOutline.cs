namespace LoraFunctions.Imaging.Marking;

/// <summary>A glyph's closed contours in font units, y upwards: points that are on the curve or control a quadratic one.</summary>
internal sealed record GlyphOutline(IReadOnlyList<IReadOnlyList<GlyphPoint>> Contours)
{
    public static GlyphOutline Empty { get; } = new([]);

    public double Top => Contours.Count == 0 ? 0 : Contours.Max(contour => contour.Max(point => point.Y));

    public double Bottom => Contours.Count == 0 ? 0 : Contours.Min(contour => contour.Min(point => point.Y));
}
