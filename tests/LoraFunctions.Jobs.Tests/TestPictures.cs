using LoraFunctions.Imaging;
using LoraFunctions.Imaging.Codecs;

namespace LoraFunctions.Jobs.Tests;

/// <summary>Small pictures made from a number.</summary>
internal static class TestPictures
{
    public static RgbImage Draw(int width, int height, int seed)
    {
        var image = new RgbImage(width, height);
        var random = new Random(seed);
        var (r, g, b) = (random.Next(256), random.Next(256), random.Next(256));
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var at = ((y * width) + x) * 3;
                var inside = Math.Abs(x - (width / 2)) < width / 4 && Math.Abs(y - (height / 2)) < height / 4;
                image.Pixels[at] = (byte)(inside ? r : x * 255 / width);
                image.Pixels[at + 1] = (byte)(inside ? g : y * 255 / height);
                image.Pixels[at + 2] = (byte)(inside ? b : 128);
            }
        }

        return image;
    }

    public static string WritePng(string path, int width, int height, int seed)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, ImageCodec.EncodePng(Draw(width, height, seed)));
        return path;
    }
}
