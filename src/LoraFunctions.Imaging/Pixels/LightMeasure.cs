using System.Runtime.CompilerServices;

namespace LoraFunctions.Imaging.Pixels;

/// <summary>
/// How light is spread over a picture, by the formulas of cleanvision: perceived brightness is
/// sqrt(0.241 R^2 + 0.691 G^2 + 0.068 B^2), 0 to 1.
/// </summary>
/// <param name="Brightest">99 of 100 pixels are darker.</param>
/// <param name="Darkest">5 of 100 pixels are darker.</param>
/// <param name="Information">1 - exp(-0.1 H), H the entropy in bits of the values of all channels.</param>
public sealed record LightMeasure(double Brightest, double Darkest, double Information)
{
    private const int Levels = 1000;

    private static readonly double[] Reds = Squares(0.241);
    private static readonly double[] Greens = Squares(0.691);
    private static readonly double[] Blues = Squares(0.068);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static LightMeasure Of(RgbImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        var brightness = new int[Levels + 1];
        var values = new int[3 * 256];
        for (var at = 0; at < image.Pixels.Length; at += 3)
        {
            var (r, g, b) = (image.Pixels[at], image.Pixels[at + 1], image.Pixels[at + 2]);
            brightness[(int)(Math.Sqrt(Reds[r] + Greens[g] + Blues[b]) / 255 * Levels)]++;
            values[r]++;
            values[256 + g]++;
            values[512 + b]++;
        }

        double total = image.Pixels.Length;
        var entropy = -values.Where(count => count > 0).Sum(count => count / total * Math.Log2(count / total));
        return new LightMeasure(Percentile(brightness, 0.99), Percentile(brightness, 0.05), 1 - Math.Exp(-0.1 * entropy));
    }

    private static double[] Squares(double weight) => [.. Enumerable.Range(0, 256).Select(value => weight * value * value)];

    private static double Percentile(int[] histogram, double part)
    {
        var (wanted, level) = (histogram.Sum() * part, 0);
        for (double sum = histogram[0]; sum < wanted; sum += histogram[level])
        {
            level++;
        }

        return (double)level / Levels;
    }
}
