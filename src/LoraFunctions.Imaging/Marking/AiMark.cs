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
    public static byte[] Encode(
        RgbImage picture, string parameters, AiLabel label, PictureKind kind = PictureKind.Png, MarkCorner corner = MarkCorner.BottomRight) =>
        PictureFile.Encode(AiMark.Apply(picture, corner), new PictureMetadata(parameters, label), kind);
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

    // Mean brightness of what is mostly letter and of what is outline alone, by which the mark is found; the thin strokes
    // of a small mark are grey at their edges.
    private const double LeastWhite = 160;
    private const double LeastContrast = 80;

    /// <summary>A copy of the picture with the mark on it.</summary>
    public static RgbImage Apply(RgbImage image, MarkCorner corner = MarkCorner.BottomRight)
    {
        ArgumentNullException.ThrowIfNull(image);
        var (letters, outline, margin) = Masks(image);
        var marked = new RgbImage(image.Width, image.Height, (byte[])image.Pixels.Clone());
        var (left, top) = Place(image, corner, letters, margin);
        outline.DrawOn(marked, left, top, (0, 0, 0), OutlineOpacity);
        letters.DrawOn(marked, left, top, (255, 255, 255));
        return marked;
    }

    /// <summary>The corner that carries the mark, at the size that <see cref="Apply"/> gives it; null where none does. Re-encoding does not hide it.</summary>
    public static MarkCorner? Find(RgbImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        var (letters, outline, margin) = Masks(image);
        if (letters.Width + margin > image.Width || letters.Height + margin > image.Height)
        {
            return null;
        }

        foreach (var corner in Enum.GetValues<MarkCorner>())
        {
            var (left, top) = Place(image, corner, letters, margin);
            var (inLetters, inOutline) = (new Mean(), new Mean());
            for (var y = 0; y < letters.Height; y++)
            {
                for (var x = 0; x < letters.Width; x++)
                {
                    var (ink, dark) = (letters.Coverage[(y * letters.Width) + x], outline.Coverage[(y * letters.Width) + x]);
                    var at = 3 * (((top + y) * image.Width) + left + x);
                    var brightness = (image.Pixels[at] + image.Pixels[at + 1] + image.Pixels[at + 2]) / 3.0;
                    if (ink > byte.MaxValue / 2)
                    {
                        inLetters.Add(brightness);
                    }
                    else if (ink == 0 && dark > byte.MaxValue / 2)
                    {
                        inOutline.Add(brightness);
                    }
                }
            }

            if (inLetters.Value >= LeastWhite && inLetters.Value - inOutline.Value >= LeastContrast)
            {
                return corner;
            }
        }

        return null;
    }

    private static (TextMask Letters, TextMask Outline, int Margin) Masks(RgbImage image)
    {
        var em = Em(image.Width, image.Height);
        var radius = Math.Max(1, em / 12.0);
        var letters = TextMask.Render(Text, em).CropToInk().Pad((int)Math.Ceiling(radius) + 1);
        return (letters, letters.Grow(radius), Margin(em));
    }

    private static (int Left, int Top) Place(RgbImage image, MarkCorner corner, TextMask letters, int margin) =>
        (corner is MarkCorner.BottomLeft or MarkCorner.TopLeft ? margin : image.Width - margin - letters.Width,
            corner is MarkCorner.TopLeft or MarkCorner.TopRight ? margin : image.Height - margin - letters.Height);

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

    private sealed class Mean
    {
        private double _sum;
        private int _count;

        public double Value => _count == 0 ? double.NaN : _sum / _count;

        public void Add(double value) => (_sum, _count) = (_sum + value, _count + 1);
    }
}
