using System.Diagnostics;
using System.Globalization;
using LoraFunctions.Imaging;
using LoraFunctions.Imaging.Codecs;
using LoraFunctions.Imaging.Gate;
using LoraFunctions.Imaging.Pixels;
using LoraFunctions.Showroom.Rendering;
using LoraFunctions.Showroom.Scenes;

namespace LoraFunctions.Benchmarks.Images;

/// <summary><c>gate [shots]</c>: how near duplicates and blur are found on drawings whose truth is known.</summary>
internal static class GateBenchmark
{
    public static void Run(string[] arguments)
    {
        var count = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 200;
        var shots = Shots(count);
        Duplicates(shots);
    }

    private static RgbImage[] Shots(int count)
    {
        var renderer = new SceneRenderer();
        return [.. Enumerable.Range(0, count).Select(i => renderer.Draw(SceneSampler.Sample(7000 + i, interiors: 0.2), 768, 576).Image)];
    }

    private static void Duplicates(RgbImage[] shots)
    {
        var looks = shots.Select(PictureLook.Of).ToArray();
        var watch = Stopwatch.StartNew();
        var pairs = Enumerable.Range(0, looks.Length).SelectMany(i => Enumerable.Range(0, i).Select(j => (One: i, Other: j, Agreement: looks[i].AgreementWith(looks[j])))).ToArray();
        Console.WriteLine($"{pairs.Length} pairs of different shots, {watch.Elapsed.TotalMilliseconds * 1000 / pairs.Length:f0} us a pair; "
            + $"taken for the same: {pairs.Count(pair => pair.Agreement >= GateOptions.DefaultMinSameShot)}");
        foreach (var (one, other, agreement) in pairs.OrderByDescending(pair => pair.Agreement).Take(6))
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {agreement:f3}: shots {one} and {other}"));
        }

        foreach (var (name, change) in Changes())
        {
            var found = shots.Zip(looks).Select(shot => (Look: PictureLook.Of(change(shot.First)), Original: shot.Second))
                .Select(copy => (Distance: copy.Original.DistanceTo(copy.Look), Agreement: copy.Original.AgreementWith(copy.Look))).ToArray();
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{name,-34} found {found.Count(f => f.Agreement >= GateOptions.DefaultMinSameShot) * 100.0 / found.Length,5:f1} %, by PDQ alone {found.Count(f => f.Distance <= Pdq.DefaultMaxDistance) * 100.0 / found.Length,5:f1} %; "
                + $"least agreements {string.Join(' ', found.Select(f => f.Agreement).Order().Take(4).Select(a => $"{a:f3}"))}, farthest hash {found.Max(f => f.Distance)}"));
        }
    }

    private static IEnumerable<(string Name, Func<RgbImage, RgbImage> Change)> Changes()
    {
        yield return ("JPEG 40", image => Encoded(image, 40));
        yield return ("half the size, JPEG 85", image => Encoded(Resizer.Resize(image, image.Width / 2, image.Height / 2), 85));
        yield return ("1.5 times the size", image => Resizer.Resize(image, image.Width * 3 / 2, image.Height * 3 / 2));
        yield return ("5 % cropped, JPEG 85", image => Encoded(Cropped(image, 0.05, 0.5), 85));
        yield return ("5 % cropped at one corner", image => Encoded(Cropped(image, 0.05, 0), 85));
        yield return ("8 % cropped", image => Encoded(Cropped(image, 0.08, 0.5), 85));
        yield return ("8 % cropped at one corner", image => Encoded(Cropped(image, 0.08, 1), 85));
        yield return ("mirrored, JPEG 85", image => Encoded(Mirrored(image), 85));
        yield return ("mirrored, 0.7 size, 5 % cropped", image => Encoded(Cropped(Mirrored(Resizer.Resize(image, image.Width * 7 / 10, image.Height * 7 / 10)), 0.05, 0.5), 85));
        yield return ("brighter by a tenth", image => new RgbImage(image.Width, image.Height, [.. image.Pixels.Select(v => (byte)Math.Min(255, v * 1.1))]));
    }

    private static RgbImage Encoded(RgbImage image, int quality) => ImageCodec.Decode(ImageCodec.EncodeJpeg(image, quality));

    private static RgbImage Cropped(RgbImage image, double part, double place)
    {
        var (dx, dy) = ((int)(image.Width * part), (int)(image.Height * part));
        return Resizer.Crop(image, (int)(dx * place), (int)(dy * place), image.Width - dx, image.Height - dy);
    }

    private static RgbImage Mirrored(RgbImage image)
    {
        var mirrored = new RgbImage(image.Width, image.Height);
        for (var i = 0; i < image.Width * image.Height; i++)
        {
            image.Pixels.AsSpan(i * 3, 3).CopyTo(mirrored.Pixels.AsSpan(((i / image.Width * image.Width) + image.Width - 1 - (i % image.Width)) * 3));
        }

        return mirrored;
    }
}
