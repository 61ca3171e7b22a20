namespace LoraFunctions.Imaging.Marking;

/// <summary>The two shipped fonts as one: Latin first, Chinese characters behind it.</summary>
internal static class CaptionFont
{
    private static readonly TrueTypeFont[] Fonts = [Open("Latin.ttf"), Open("Han.ttf")];

    /// <summary>Above and below the base line, in parts of the em; the lines of both fonts fit.</summary>
    public const double Ascent = 0.95;

    public const double Descent = 0.28;

    /// <summary>A character's outline and advance in parts of the em; the empty box when no font has it.</summary>
    public static (GlyphOutline Outline, double Advance, int UnitsPerEm) Find(char character)
    {
        var font = Fonts.FirstOrDefault(candidate => candidate.Glyph(character) != 0) ?? Fonts[0];
        var glyph = font.Glyph(character);
        return (font.Outline(glyph), (double)font.Advance(glyph) / font.UnitsPerEm, font.UnitsPerEm);
    }

    public static bool Has(char character) => Fonts.Any(font => font.Glyph(character) != 0);

    /// <summary>Height of a character's ink in parts of the em.</summary>
    public static double InkHeight(char character)
    {
        var (outline, _, unitsPerEm) = Find(character);
        return (outline.Top - outline.Bottom) / unitsPerEm;
    }

    private static TrueTypeFont Open(string name)
    {
        using var stream = typeof(CaptionFont).Assembly.GetManifestResourceStream("LoraFunctions.Imaging.Fonts." + name)
            ?? throw new InvalidOperationException($"The font '{name}' is missing from the assembly.");
        var file = new byte[stream.Length];
        stream.ReadExactly(file);
        return new TrueTypeFont(file);
    }
}

/// <summary>A glyph's closed contours in font units, y upwards: points that are on the curve or control a quadratic one.</summary>
internal sealed record GlyphOutline(IReadOnlyList<IReadOnlyList<GlyphPoint>> Contours)
{
    public static GlyphOutline Empty { get; } = new([]);

    public double Top => Contours.Count == 0 ? 0 : Contours.Max(contour => contour.Max(point => point.Y));

    public double Bottom => Contours.Count == 0 ? 0 : Contours.Min(contour => contour.Min(point => point.Y));
}

/// <summary>A point of a contour, in font units or pixels.</summary>
internal readonly record struct GlyphPoint(double X, double Y, bool OnCurve);
