namespace LoraFunctions.Imaging.Marking;

/// <summary>A line of text as coverage, 0 to 255 a pixel, row by row: drawn with the shipped fonts, without an image library.</summary>
public sealed class TextMask
{
    private TextMask(int width, int height, byte[] coverage)
    {
        Width = width;
        Height = height;
        Coverage = coverage;
    }

    public int Width { get; }

    public int Height { get; }

    /// <summary>Length Width x Height.</summary>
    public byte[] Coverage { get; }

    /// <summary>
    /// Renders one line. The mask is the whole line, 1.23 times <paramref name="heightPx"/> high, so that lines of one size
    /// share a base line. A character outside the shipped fonts (printable ASCII, the mark, common caption words and car
    /// names in Chinese) is drawn as an empty box.
    /// </summary>
    /// <param name="heightPx">The em: the height of a Chinese character with its white space, in pixels. Capitals are 0.71 of it.</param>
    /// <exception cref="ArgumentException">The text has a line break or another control character.</exception>
    public static TextMask Render(string text, int heightPx)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentOutOfRangeException.ThrowIfLessThan(heightPx, 1);
        if (text.Any(char.IsControl))
        {
            throw new ArgumentException("A caption is one line without control characters.", nameof(text));
        }

        var glyphs = text.Select(CaptionFont.Find).ToArray();
        var baseLine = Math.Ceiling(CaptionFont.Ascent * heightPx);
        // One pixel on each side: outlines may lean out of their advance.
        var margin = 1 + (heightPx / 16);
        var width = (int)Math.Ceiling(glyphs.Sum(glyph => glyph.Advance) * heightPx) + (2 * margin);
        var height = (int)(baseLine + Math.Ceiling(CaptionFont.Descent * heightPx));
        var rasteriser = new CoverageRasteriser(width, height);
        var x = (double)margin;
        foreach (var (outline, advance, unitsPerEm) in glyphs)
        {
            var scale = (double)heightPx / unitsPerEm;
            foreach (var contour in outline.Contours)
            {
                rasteriser.Add([.. contour.Select(point => new GlyphPoint(x + (point.X * scale), baseLine - (point.Y * scale), point.OnCurve))]);
            }

            x += advance * heightPx;
        }

        return new TextMask(width, height, rasteriser.Mask());
    }

    /// <summary>The smallest part that holds all ink; an empty line comes back as it is.</summary>
    public TextMask CropToInk()
    {
        var (left, top, right, bottom) = (Width, Height, -1, -1);
        for (var y = 0; y < Height; y++)
        {
            for (var x = 0; x < Width; x++)
            {
                if (Coverage[(y * Width) + x] != 0)
                {
                    (left, top, right, bottom) = (Math.Min(left, x), Math.Min(top, y), Math.Max(right, x), Math.Max(bottom, y));
                }
            }
        }

        return right < 0 ? this : Window(left, top, right - left + 1, bottom - top + 1);
    }

    /// <summary>The mask with <paramref name="margin"/> empty pixels more on every side.</summary>
    public TextMask Pad(int margin) => Window(-margin, -margin, Width + (2 * margin), Height + (2 * margin));

    /// <summary>The text made bolder: everything within <paramref name="radius"/> pixels of the ink, with a soft edge.</summary>
    public TextMask Grow(double radius)
    {
        var reach = (int)Math.Ceiling(radius);
        var grown = new byte[Coverage.Length];
        for (var dy = -reach; dy <= reach; dy++)
        {
            for (var dx = -reach; dx <= reach; dx++)
            {
                var weight = Math.Clamp(radius + 0.5 - Math.Sqrt((dx * dx) + (dy * dy)), 0, 1);
                for (var y = Math.Max(0, dy); weight > 0 && y < Math.Min(Height, Height + dy); y++)
                {
                    for (var x = Math.Max(0, dx); x < Math.Min(Width, Width + dx); x++)
                    {
                        var value = (byte)(Coverage[((y - dy) * Width) + x - dx] * weight);
                        ref var cell = ref grown[(y * Width) + x];
                        cell = Math.Max(cell, value);
                    }
                }
            }
        }

        return new TextMask(Width, Height, grown);
    }

    /// <summary>Lays one colour through the mask; what falls outside the picture is dropped.</summary>
    /// <param name="opacity">0 to 1.</param>
    public void DrawOn(RgbImage image, int left, int top, (byte R, byte G, byte B) colour, double opacity = 1)
    {
        ArgumentNullException.ThrowIfNull(image);
        for (var y = Math.Max(0, -top); y < Math.Min(Height, image.Height - top); y++)
        {
            for (var x = Math.Max(0, -left); x < Math.Min(Width, image.Width - left); x++)
            {
                var alpha = Coverage[(y * Width) + x] / 255.0 * opacity;
                var at = (((top + y) * image.Width) + left + x) * 3;
                image.Pixels[at] = Mix(image.Pixels[at], colour.R, alpha);
                image.Pixels[at + 1] = Mix(image.Pixels[at + 1], colour.G, alpha);
                image.Pixels[at + 2] = Mix(image.Pixels[at + 2], colour.B, alpha);
            }
        }
    }

    private static byte Mix(byte below, byte above, double alpha) => (byte)Math.Round(below + ((above - below) * alpha));

    private TextMask Window(int left, int top, int width, int height)
    {
        var window = new byte[width * height];
        for (var y = Math.Max(0, -top); y < Math.Min(height, Height - top); y++)
        {
            for (var x = Math.Max(0, -left); x < Math.Min(width, Width - left); x++)
            {
                window[(y * width) + x] = Coverage[((top + y) * Width) + left + x];
            }
        }

        return new TextMask(width, height, window);
    }
}
