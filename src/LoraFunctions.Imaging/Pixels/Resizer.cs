namespace LoraFunctions.Imaging.Pixels;

/// <summary>Separable resampling over plain arrays: first along the rows, then along the columns.</summary>
public static class Resizer
{
    /// <exception cref="ArgumentOutOfRangeException">A side is smaller than one pixel.</exception>
    public static RgbImage Resize(RgbImage image, int width, int height, ResizeFilter filter = ResizeFilter.Bicubic)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        if (width == image.Width && height == image.Height)
        {
            return new RgbImage(width, height, (byte[])image.Pixels.Clone());
        }

        var columns = ResizeWeights.For(image.Width, width, filter);
        var rows = ResizeWeights.For(image.Height, height, filter);
        var result = new RgbImage(width, height);
        var wide = AlongRows(image, columns);
        var sums = new float[width * 3];
        for (var y = 0; y < height; y++)
        {
            Array.Clear(sums);
            for (var i = 0; i < rows.Weights[y].Length; i++)
            {
                var weight = rows.Weights[y][i];
                var row = wide.AsSpan((rows.First[y] + i) * sums.Length, sums.Length);
                for (var x = 0; x < sums.Length; x++)
                {
                    sums[x] += weight * row[x];
                }
            }

            var target = result.Pixels.AsSpan(y * sums.Length, sums.Length);
            for (var x = 0; x < sums.Length; x++)
            {
                target[x] = (byte)Math.Clamp(MathF.Round(sums[x]), 0, 255);
            }
        }

        return result;
    }

    /// <summary>Scales the picture until it covers width x height and cuts the middle out: nothing is squeezed.</summary>
    public static RgbImage Cover(RgbImage image, int width, int height, ResizeFilter filter = ResizeFilter.Bicubic)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        var scale = Math.Max((double)width / image.Width, (double)height / image.Height);
        var covering = Resize(image, Scaled(image.Width, scale, width), Scaled(image.Height, scale, height), filter);
        return Crop(covering, (covering.Width - width) / 2, (covering.Height - height) / 2, width, height);
    }

    /// <summary>Scales the picture down until both sides fit; a picture that fits already is copied.</summary>
    public static RgbImage Fit(RgbImage image, int maxWidth, int maxHeight, ResizeFilter filter = ResizeFilter.Bicubic)
    {
        ArgumentNullException.ThrowIfNull(image);
        var scale = Math.Min(1, Math.Min((double)maxWidth / image.Width, (double)maxHeight / image.Height));
        return Resize(image, Scaled(image.Width, scale, 1), Scaled(image.Height, scale, 1), filter);
    }

    /// <exception cref="ArgumentOutOfRangeException">The window is not inside the picture.</exception>
    public static RgbImage Crop(RgbImage image, int left, int top, int width, int height)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (left < 0 || top < 0 || width < 1 || height < 1 || left > image.Width - width || top > image.Height - height)
        {
            throw new ArgumentOutOfRangeException(
                nameof(left),
                $"{width}x{height} at ({left}, {top}) is not inside a picture of {image.Width}x{image.Height}.");
        }

        var result = new RgbImage(width, height);
        for (var y = 0; y < height; y++)
        {
            Array.Copy(image.Pixels, (((top + y) * image.Width) + left) * 3, result.Pixels, y * width * 3, width * 3);
        }

        return result;
    }

    private static int Scaled(int side, double scale, int least) => Math.Max(least, (int)Math.Round(side * scale));

    // Every source row at its new width: [source height, new width, 3].
    private static float[] AlongRows(RgbImage image, ResizeWeights columns)
    {
        var width = columns.First.Length;
        var wide = new float[image.Height * width * 3];
        for (var y = 0; y < image.Height; y++)
        {
            var row = image.Pixels.AsSpan(y * image.Width * 3, image.Width * 3);
            for (var x = 0; x < width; x++)
            {
                var (r, g, b) = (0f, 0f, 0f);
                var at = columns.First[x] * 3;
                foreach (var weight in columns.Weights[x])
                {
                    r += weight * row[at];
                    g += weight * row[at + 1];
                    b += weight * row[at + 2];
                    at += 3;
                }

                var to = ((y * width) + x) * 3;
                (wide[to], wide[to + 1], wide[to + 2]) = (r, g, b);
            }
        }

        return wide;
    }
}
