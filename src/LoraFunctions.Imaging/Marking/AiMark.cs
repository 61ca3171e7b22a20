using LoraFunctions.Imaging.Metadata;

namespace LoraFunctions.Imaging.Marking;

/// <summary>Where the visible mark stands.</summary>
public enum MarkCorner
{
    BottomRight,
    BottomLeft,
    TopRight,
    TopLeft,
}

/// <summary>
/// The one way a generated picture becomes a file: visible mark, then encoding with parameters and implicit label, which
/// are read back and compared before the bytes are given out.
/// </summary>
public static class MarkedPicture
{
    /// <param name="parameters">How the picture was made, in WebUI's words.</param>
    /// <exception cref="MetadataException">The metadata reads back differently.</exception>
    public static byte[] EncodePng(RgbImage picture, string parameters, AiLabel label, MarkCorner corner = MarkCorner.BottomRight) =>
        PictureFile.EncodePng(AiMark.Apply(picture, corner), new PictureMetadata(parameters, label));
}

/// <summary>
/// The visible label of generated pictures (GB 45438-2025): the text at a corner, at least 5 % of the shorter side high.
/// White letters in a dark outline read on any background.
/// </summary>
public static class AiMark
{
    public const string Text = "AI合成";

    /// <summary>The least height of each character's own ink, in parts of the picture's shorter side.</summary>
    public const double MinHeightRatio = 0.05;

    /// <summary>Below this em Chinese characters do not read; small pictures get it as far as they have the room.</summary>
    private const int LegibleEm = 14;

    private const double OutlineOpacity = 0.8;

    /// <summary>A copy of the picture with the mark on it.</summary>
    public static RgbImage Apply(RgbImage image, MarkCorner corner = MarkCorner.BottomRight)
    {
        ArgumentNullException.ThrowIfNull(image);
        var em = Em(image.Width, image.Height);
        var radius = Math.Max(1, em / 12.0);
        var letters = TextMask.Render(Text, em).CropToInk().Pad((int)Math.Ceiling(radius) + 1);
        var outline = letters.Grow(radius);

        var marked = new RgbImage(image.Width, image.Height, (byte[])image.Pixels.Clone());
        var margin = Margin(em);
        var left = corner is MarkCorner.BottomLeft or MarkCorner.TopLeft ? margin : image.Width - margin - letters.Width;
        var top = corner is MarkCorner.TopLeft or MarkCorner.TopRight ? margin : image.Height - margin - letters.Height;
        outline.DrawOn(marked, left, top, (0, 0, 0), OutlineOpacity);
        letters.DrawOn(marked, left, top, (255, 255, 255));
        return marked;
    }

    /// <summary>The em at which the lowest character of the mark is high enough, or more where small pictures have the room.</summary>
    internal static int Em(int width, int height)
    {
        var lowest = Text.Min(CaptionFont.InkHeight);
        // One pixel more: the first and the last row of the ink may be covered in part only.
        var required = (int)Math.Ceiling(((Math.Min(width, height) * MinHeightRatio) + 1) / lowest);
        var em = Math.Max(required, LegibleEm);
        while (em > required && (LineWidth(em) > width || (em * 1.5) > height))
        {
            em--;
        }

        return em;
    }

    private static double LineWidth(int em) => (Text.Sum(character => CaptionFont.Find(character).Advance) * em) + (2 * Margin(em)) + 4;

    private static int Margin(int em) => em / 4;
}
