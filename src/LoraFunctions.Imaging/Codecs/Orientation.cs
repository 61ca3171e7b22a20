namespace LoraFunctions.Imaging.Codecs;

/// <summary>EXIF 2.32, tag 0x0112: where the stored first row and first column lie in the upright picture.</summary>
internal static class Orientation
{
    public static bool SwapsSides(int orientation) => orientation is >= 5 and <= 8;

    public static RgbImage Upright(RgbImage stored, int orientation)
    {
        if (orientation is < 2 or > 8)
        {
            return stored;
        }

        var (w, h) = (stored.Width, stored.Height);
        var upright = SwapsSides(orientation) ? new RgbImage(h, w) : new RgbImage(w, h);
        for (var y = 0; y < upright.Height; y++)
        {
            for (var x = 0; x < upright.Width; x++)
            {
                var (sx, sy) = orientation switch
                {
                    2 => (w - 1 - x, y),
                    3 => (w - 1 - x, h - 1 - y),
                    4 => (x, h - 1 - y),
                    5 => (y, x),
                    6 => (y, h - 1 - x),
                    7 => (w - 1 - y, h - 1 - x),
                    _ => (w - 1 - y, x),
                };
                var s = ((sy * w) + sx) * 3;
                var d = ((y * upright.Width) + x) * 3;
                upright.Pixels[d] = stored.Pixels[s];
                upright.Pixels[d + 1] = stored.Pixels[s + 1];
                upright.Pixels[d + 2] = stored.Pixels[s + 2];
            }
        }

        return upright;
    }
}
