namespace LoraFunctions.Imaging.Marking;

/// <summary>A point of a contour, in font units or pixels.</summary>
internal readonly record struct GlyphPoint(double X, double Y, bool OnCurve);
