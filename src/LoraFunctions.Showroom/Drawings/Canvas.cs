using LoraFunctions.Imaging;
using LoraFunctions.Imaging.Pixels;

namespace LoraFunctions.Showroom.Drawings;

/// <summary>
/// Paints filled shapes on a picture three times as wide and high as asked for, which is averaged down at the end: smooth
/// edges without seams between neighbours. Shapes come in metres; <see cref="Place"/> says where they stand.
/// </summary>
internal sealed class Canvas(int width, int height, Lighting lighting)
{
    private const int Samples = 3;

    // What a surface keeps of its colour at night, and the blue that the sky adds.
    private const double NightLight = 0.46;
    private static readonly Colour NightSky = new(6, 9, 22);

    private readonly RgbImage _image = new(width * Samples, height * Samples);

    private double _pixelsPerMetre = height * Samples;
    private double _originX = width * Samples / 2.0;
    private double _originY = height * Samples;
    private double _direction = 1;

    /// <summary>Width of the picture when its height is 1.</summary>
    public double Aspect => (double)width / height;

    public bool IsNight => lighting == Lighting.Night;

    /// <param name="metresHigh">What the picture's height shows.</param>
    /// <param name="x">Where x = 0 stands: 0 the left edge, 1 the right.</param>
    /// <param name="y">Where y = 0 stands: 0 the top edge, 1 the bottom.</param>
    /// <param name="mirrored">x grows to the left.</param>
    public void Place(double metresHigh, double x, double y, bool mirrored = false)
    {
        _pixelsPerMetre = _image.Height / metresHigh;
        _originX = _image.Width * x;
        _originY = _image.Height * y;
        _direction = mirrored ? -1 : 1;
    }

    /// <summary>Fills by the even-odd rule.</summary>
    public void Paint(Outline outline, Fill fill)
    {
        var points = outline.Points
            .Select(p => (X: _originX + (_direction * p.X * _pixelsPerMetre), Y: _originY - (p.Y * _pixelsPerMetre)))
            .ToArray();
        var (top, bottom) = (points.Min(p => p.Y), points.Max(p => p.Y));
        var crossings = new List<double>();
        var (upper, lower) = fill.Shines ? (fill.Top, fill.Bottom) : (InThisLight(fill.Top), InThisLight(fill.Bottom));
        for (var y = Math.Max(0, (int)(top - 0.5)); y < Math.Min(_image.Height, bottom + 0.5); y++)
        {
            crossings.Clear();
            var line = y + 0.5;
            for (var i = 0; i < points.Length; i++)
            {
                var (a, b) = (points[i], points[(i + 1) % points.Length]);
                if (a.Y <= line != b.Y <= line)
                {
                    crossings.Add(a.X + ((line - a.Y) / (b.Y - a.Y) * (b.X - a.X)));
                }
            }

            crossings.Sort();
            var colour = upper.Towards(lower, bottom > top ? (line - top) / (bottom - top) : 0);
            for (var i = 0; i + 1 < crossings.Count; i += 2)
            {
                Span(y, crossings[i], crossings[i + 1], colour, fill.Opacity);
            }
        }
    }

    /// <summary>A line of the given width in metres.</summary>
    public void Line(double x0, double y0, double x1, double y1, double thickness, Fill fill)
    {
        var length = Math.Sqrt(((x1 - x0) * (x1 - x0)) + ((y1 - y0) * (y1 - y0)));
        var (nx, ny) = ((y1 - y0) / length * thickness / 2, (x0 - x1) / length * thickness / 2);
        Paint(Outline.Polygon((x0 + nx, y0 + ny), (x1 + nx, y1 + ny), (x1 - nx, y1 - ny), (x0 - nx, y0 - ny)), fill);
    }

    /// <summary>Light that falls off from its centre to nothing at the radius, added to what is there.</summary>
    public void Glow(double x, double y, double radius, Colour colour, double strength)
    {
        var (cx, cy, r) = (_originX + (_direction * x * _pixelsPerMetre), _originY - (y * _pixelsPerMetre), radius * _pixelsPerMetre);
        for (var py = (int)Math.Max(0, cy - r); py < Math.Min(_image.Height, cy + r); py++)
        {
            for (var px = (int)Math.Max(0, cx - r); px < Math.Min(_image.Width, cx + r); px++)
            {
                var distance = Math.Sqrt(((px + 0.5 - cx) * (px + 0.5 - cx)) + ((py + 0.5 - cy) * (py + 0.5 - cy))) / r;
                if (distance < 1)
                {
                    var light = strength * (1 - distance) * (1 - distance);
                    var at = ((py * _image.Width) + px) * 3;
                    _image.Pixels[at] = Add(_image.Pixels[at], colour.R * light);
                    _image.Pixels[at + 1] = Add(_image.Pixels[at + 1], colour.G * light);
                    _image.Pixels[at + 2] = Add(_image.Pixels[at + 2], colour.B * light);
                }
            }
        }
    }

    public RgbImage ToImage() => Resizer.Resize(_image, width, height, ResizeFilter.Area);

    private Colour InThisLight(Colour colour) => IsNight
        ? new((colour.R * NightLight) + NightSky.R, (colour.G * NightLight) + NightSky.G, (colour.B * NightLight) + NightSky.B)
        : colour;

    private static byte Add(byte below, double light) => (byte)Math.Min(255, Math.Round(below + light));

    private void Span(int y, double from, double to, Colour colour, double opacity)
    {
        var (first, last) = (Math.Max(0, (int)Math.Ceiling(from - 0.5)), Math.Min(_image.Width - 1, (int)Math.Ceiling(to - 0.5) - 1));
        var (r, g, b) = ((byte)Math.Round(colour.R), (byte)Math.Round(colour.G), (byte)Math.Round(colour.B));
        for (var x = first; x <= last; x++)
        {
            var at = ((y * _image.Width) + x) * 3;
            if (opacity >= 1)
            {
                (_image.Pixels[at], _image.Pixels[at + 1], _image.Pixels[at + 2]) = (r, g, b);
            }
            else
            {
                _image.Pixels[at] = (byte)Math.Round(_image.Pixels[at] + ((r - _image.Pixels[at]) * opacity));
                _image.Pixels[at + 1] = (byte)Math.Round(_image.Pixels[at + 1] + ((g - _image.Pixels[at + 1]) * opacity));
                _image.Pixels[at + 2] = (byte)Math.Round(_image.Pixels[at + 2] + ((b - _image.Pixels[at + 2]) * opacity));
            }
        }
    }
}
