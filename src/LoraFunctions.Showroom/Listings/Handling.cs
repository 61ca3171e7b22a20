using LoraFunctions.Imaging;
using LoraFunctions.Imaging.Codecs;
using LoraFunctions.Imaging.Pixels;

namespace LoraFunctions.Showroom.Listings;

/// <summary>What happens to photos between the scene and the gate, by known amounts.</summary>
public static class Handling
{
    /// <summary>A camera that moved: every pixel is the mean of a line of so many.</summary>
    /// <param name="angle">Of the movement in radians; 0 is along the rows.</param>
    public static RgbImage Motion(RgbImage image, int length, double angle)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        (int X, int Y)[] line = [.. Enumerable.Range(0, length).Select(i => i - ((length - 1) / 2.0))
            .Select(at => ((int)Math.Round(at * Math.Cos(angle)), (int)Math.Round(at * Math.Sin(angle))))];
        var moved = new RgbImage(image.Width, image.Height);
        for (int y = 0; y < image.Height; y++)
        {
            for (int x = 0; x < image.Width; x++)
            {
                var (r, g, b) = (0, 0, 0);
                foreach (var (dx, dy) in line)
                {
                    int from = ((Math.Clamp(y + dy, 0, image.Height - 1) * image.Width) + Math.Clamp(x + dx, 0, image.Width - 1)) * 3;
                    (r, g, b) = (r + image.Pixels[from], g + image.Pixels[from + 1], b + image.Pixels[from + 2]);
                }

                int at = ((y * image.Width) + x) * 3;
                (moved.Pixels[at], moved.Pixels[at + 1], moved.Pixels[at + 2]) = ((byte)(r / length), (byte)(g / length), (byte)(b / length));
            }
        }

        return moved;
    }

    /// <param name="part">Of width and height that is lost.</param>
    /// <param name="place">0: all of it at the right and below; 1: at the left and above.</param>
    public static RgbImage Cropped(RgbImage image, double part, double place)
    {
        ArgumentNullException.ThrowIfNull(image);
        var (dx, dy) = ((int)(image.Width * part), (int)(image.Height * part));
        return Resizer.Crop(image, (int)(dx * place), (int)(dy * place), image.Width - dx, image.Height - dy);
    }

    public static RgbImage Mirrored(RgbImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        var mirrored = new RgbImage(image.Width, image.Height);
        for (int i = 0; i < image.Width * image.Height; i++)
        {
            int to = (i / image.Width * image.Width) + image.Width - 1 - (i % image.Width);
            image.Pixels.AsSpan(i * 3, 3).CopyTo(mirrored.Pixels.AsSpan(to * 3));
        }

        return mirrored;
    }

    public static RgbImage Scaled(RgbImage image, double scale)
    {
        ArgumentNullException.ThrowIfNull(image);
        return Resizer.Resize(image, (int)Math.Round(image.Width * scale), (int)Math.Round(image.Height * scale));
    }

    /// <summary>Saved as a JPEG and read again.</summary>
    public static RgbImage Encoded(RgbImage image, int quality) => ImageCodec.Decode(ImageCodec.EncodeJpeg(image, quality));
}
