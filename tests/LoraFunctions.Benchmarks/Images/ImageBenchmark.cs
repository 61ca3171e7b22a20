using System.Diagnostics;
using System.Globalization;
using LoraFunctions.Imaging;
using LoraFunctions.Imaging.Codecs;
using LoraFunctions.Imaging.Gate;
using LoraFunctions.Imaging.Pixels;

namespace LoraFunctions.Benchmarks.Images;

/// <summary><c>images [rounds] [photos]</c>: what a photo of 12 megapixels costs, many of them put through the gate, and a rendered picture's PNG.</summary>
internal static class ImageBenchmark
{
    /// <summary>As cameras of phones save: 12 megapixels come to 3 to 5 MB.</summary>
    internal const int PhotoQuality = 95;

    public static void Run(string[] arguments)
    {
        var rounds = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 9;
        var photo = ImageCodec.EncodeJpeg(Draw(4000, 3000), PhotoQuality);
        var rendered = Draw(768, 512);
        Console.WriteLine($"a JPEG of 12 megapixels, {photo.Length / 1e6:f1} MB, median of {rounds}:");
        ResidentMemory.ResetPeak();
        Time("decode", rounds, () => ImageCodec.Open(photo).Dispose());
        Time("decode to one array", rounds, () => ImageCodec.Decode(photo));
        Time("decode and resize to 576x448", rounds, () => Resizer.Cover(ImageCodec.Decode(photo), 576, 448));
        Console.WriteLine($"most memory {ResidentMemory.Peak:f2} GB");
        Gate(photo, rounds);
        Time("a PNG of 768x512", rounds, () => ImageCodec.EncodePng(rendered));
        Console.WriteLine($"its size {ImageCodec.EncodePng(rendered).Length / 1e3:f0} KB");
        PreparationBenchmark.Run(arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : 100);
    }

    // What the gate does with a decoded photo, step by step.
    private static void Gate(byte[] photo, int rounds)
    {
        using var picture = ImageCodec.Open(photo);
        var small = Resizer.Reduce(picture, 1365, BlurMeasure.ReferenceSide);
        Time("  digest of the pixels", rounds, () => PixelDigest.Of(picture));
        Time("  reduce to 1365x1024", rounds, () => Resizer.Reduce(picture, 1365, BlurMeasure.ReferenceSide));
        Time("  light", rounds, () => LightMeasure.Of(small));
        Time("  blur", rounds, () => BlurMeasure.Estimate(small));
        Time("  look for near duplicates", rounds, () => PictureLook.Of(small));
        Time("  thumbnail", rounds, () => ImageCodec.EncodeJpeg(Resizer.Fit(small, MeasuredPhoto.ThumbnailSide, MeasuredPhoto.ThumbnailSide, ResizeFilter.Area), 75));
        Time("all of a photo", rounds, () => MeasuredPhoto.Of("a.jpg", photo, new GateOptions()));
    }

    private static void Time(string what, int rounds, Action work)
    {
        work();
        var times = Enumerable.Range(0, rounds).Select(_ =>
        {
            var (watch, before) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
            work();
            return (Wall: watch.Elapsed.TotalMilliseconds, Processor: (Environment.CpuUsage.TotalTime - before).TotalMilliseconds);
        }).ToArray();
        var wall = times.Select(time => time.Wall).Order().ToArray();
        Console.WriteLine($"{what,-30} {wall[rounds / 2],7:f0} ms ({wall[0]:f0} to {wall[^1]:f0}), {times.Select(time => time.Processor).Order().ElementAt(rounds / 2),5:f0} ms of processors");
    }

    // Waves, edges and a little noise: about as many bytes as a photo.
    internal static RgbImage Draw(int width, int height, int seed = 7)
    {
        var image = new RgbImage(width, height);
        var random = new Random(seed);
        for (int i = 0, at = 0; i < width * height; i++, at += 3)
        {
            var (x, y) = (i % width * 1000.0 / width, i / width * 1000.0 / width);
            var light = 110 + (60 * Math.Sin((x / 37) + seed) * Math.Cos((y / 23) - seed)) + (((int)(x / (83 + seed)) + (int)(y / (77 - seed))) % 2 * 30);
            for (var channel = 0; channel < 3; channel++)
            {
                image.Pixels[at + channel] = (byte)Math.Clamp(light + (20 * channel * Math.Sin((x + y) / 111)) + random.Next(-6, 7), 0, 255);
            }
        }

        return image;
    }
}
