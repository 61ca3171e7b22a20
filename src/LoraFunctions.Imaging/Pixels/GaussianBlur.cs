namespace LoraFunctions.Imaging.Pixels;

/// <summary>What a lens out of focus does to a picture, near enough: photos with a known blur are made with it.</summary>
public static class GaussianBlur
{
    /// <param name="across">Standard deviation along the rows in pixels; 0 leaves them as they are.</param>
    /// <param name="down">Standard deviation along the columns in pixels; 0 leaves them as they are.</param>
    public static RgbImage Apply(RgbImage image, double across, double down)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentOutOfRangeException.ThrowIfNegative(across);
        ArgumentOutOfRangeException.ThrowIfNegative(down);
        var result = new RgbImage(image.Width, image.Height);
        var (plane, between) = (new GreyPlane(image.Width, image.Height), new GreyPlane(image.Width, image.Height));
        for (var channel = 0; channel < 3; channel++)
        {
            for (var i = 0; i < plane.Values.Length; i++)
            {
                plane.Values[i] = image.Pixels[(i * 3) + channel];
            }

            if (across > 0)
            {
                plane.SmoothAcross(across, between);
                (plane, between) = (between, plane);
            }

            if (down > 0)
            {
                plane.SmoothDown(down, between);
                (plane, between) = (between, plane);
            }

            for (var i = 0; i < plane.Values.Length; i++)
            {
                result.Pixels[(i * 3) + channel] = (byte)Math.Clamp(MathF.Round(plane.Values[i]), 0, 255);
            }
        }

        return result;
    }
}
