using System.Diagnostics;
using System.Globalization;
using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Diffusion.Generation;
using LoraFunctions.Diffusion.Lora;
using LoraFunctions.Imaging;
using LoraFunctions.Imaging.Codecs;
using LoraFunctions.Showroom;

namespace LoraFunctions.Benchmarks.Composition;

/// <summary>
/// <c>composition [seeds] [folder] [left LoRA] [right LoRA]</c>: two cars of different paints by every method on the same seeds, judged by the
/// paint of either half against pictures of one car, and their time against one picture of the same size. With LoRAs both are named in the
/// cars' prompts.
/// </summary>
internal static class CompositionBenchmark
{
    private const int CarWidth = 192;
    private const int Height = 144;
    private const double Strength = 0.8;

    /// <summary>A half shows its car when it has this share of the painted pixels that a picture of the car alone has.</summary>
    private const double LeastPaint = 0.4;

    /// <summary>A half bleeds when the other car's paint covers more than this share of its own car's.</summary>
    private const double MostBleed = 0.25;

    /// <summary>Cars are joined when more than this share of the seam's column is painted.</summary>
    private const double MostSeam = 0.12;

    private static readonly (string Left, string Right, string Place)[] Pairs =
    [
        ("red sedan", "blue suv", "city street"), ("yellow coupe", "green suv", "highway"),
        ("green hatchback", "red suv", "street at night"), ("blue sedan", "yellow hatchback", "rain"),
    ];

    private static readonly Dictionary<string, double> Hues = new(StringComparer.Ordinal) { ["red"] = 0, ["yellow"] = 50, ["green"] = 135, ["blue"] = 220 };

    public static void Run(string[] arguments)
    {
        var seeds = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 2;
        var folder = arguments.Length > 1 ? arguments[1] : "composition";
        using var left = arguments.Length > 2 ? LoraFile.Load(arguments[2]) : null;
        using var right = arguments.Length > 3 ? LoraFile.Load(arguments[3]) : null;
        List<LoraSelection> loras = [];
        if (left is not null && right is not null)
        {
            loras = [new LoraSelection("left", left), new LoraSelection("right", right)];
        }

        using var model = StableDiffusionModel.Load(ShowroomModels.BaseModel);
        var painter = new TextToImage(model);
        Directory.CreateDirectory(folder);
        var solos = Solos(painter, seeds);
        var tallies = new Dictionary<string, Tally>(StringComparer.Ordinal);
        foreach (var (name, composition) in Methods())
        {
            var tally = tallies[name] = new Tally();
            var rows = new List<byte[]>();
            foreach (var pair in Pairs)
            {
                for (var seed = 1; seed <= seeds; seed++)
                {
                    var watch = Stopwatch.StartNew();
                    var rgb = painter.Generate(Request(pair, composition, seed, loras.Count > 0), loras).Rgb;
                    tally.Add(watch.Elapsed, Judge(rgb, pair, solos));
                    rows.Add(rgb);
                }
            }

            File.WriteAllBytes(Path.Combine(folder, $"{name}.png"), ImageCodec.EncodePng(Sheet(rows, 2)));
            Console.WriteLine($"{name,-22} {tally}");
        }

        var alone = Stopwatch.StartNew();
        painter.Generate(Request(Pairs[0], null, 1, loras.Count > 0), loras);
        Console.WriteLine($"one prompt, {2 * CarWidth}x{Height}: {alone.Elapsed.TotalSeconds:f1} s; times depend on what else the machine does");
    }

    /// <summary>Every method, and halves and masks with other shares of the scene's prompt.</summary>
    private static IEnumerable<(string Name, Diffusion.Generation.Composition Composition)> Methods()
    {
        foreach (var method in Enum.GetValues<CompositionMethod>())
        {
            yield return (method.ToString(), new([]) { Method = method });
        }

        yield return ("Halves no scene", new([]) { Scene = new SceneShares(0, 0, 0, 0) });
        yield return ("Halves scene leads", new([]) { Scene = new SceneShares(Lead: 0.3) });
        yield return ("Masks scene leads", new([]) { Method = CompositionMethod.Masks, Scene = new SceneShares(Lead: 0.3) });
    }

    private static TextToImageRequest Request(
        (string Left, string Right, string Place) pair, Diffusion.Generation.Composition? composition, long seed, bool loras)
    {
        string Car(string car, string side) => $"photo of a {car}, left side view, {pair.Place}{(loras ? Tag(side) : "")}";
        string Tag(string side) => string.Create(CultureInfo.InvariantCulture, $" <lora:{side}:{Strength}>");
        var whole = $"two cars side by side, {pair.Left} on the left, {pair.Right} on the right, {pair.Place}";
        return new TextToImageRequest
        {
            // What marks a plain prompt is its tags; the regions bring their own.
            Prompt = composition is null && loras ? whole + Tag("left") + Tag("right") : whole,
            Width = 2 * CarWidth,
            Height = Height,
            Steps = 20,
            GuidanceScale = 3,
            Sampler = "DPM++ 2M Karras",
            Seed = seed,
            Composition = composition is null ? null : composition with { Prompts = [Car(pair.Left, "left"), Car(pair.Right, "right")] },
        };
    }

    /// <summary>Painted pixels of a car alone, on average, by its words.</summary>
    private static Dictionary<string, double> Solos(TextToImage painter, int seeds)
    {
        var cars = Pairs.SelectMany(p => new[] { (Car: p.Left, p.Place), (Car: p.Right, p.Place) }).Distinct();
        return cars.ToDictionary(
            c => c.Car + c.Place,
            c => Enumerable.Range(1, seeds).Average(seed => Painted(
                painter.Generate(new TextToImageRequest
                {
                    Prompt = $"photo of a {c.Car}, left side view, {c.Place}",
                    Width = CarWidth,
                    Height = Height,
                    Steps = 20,
                    GuidanceScale = 3,
                    Sampler = "DPM++ 2M Karras",
                    Seed = seed,
                }).Rgb, CarWidth, 0, CarWidth, Hue(c.Car))),
            StringComparer.Ordinal);
    }

    private static Verdict Judge(byte[] rgb, (string Left, string Right, string Place) pair, Dictionary<string, double> solos)
    {
        const int width = 2 * CarWidth;
        double Share(string car, int from) => Painted(rgb, width, from, from + CarWidth, Hue(car)) / solos[car + pair.Place];
        var (ownLeft, otherLeft) = (Share(pair.Left, 0), Share(pair.Right, 0));
        var (ownRight, otherRight) = (Share(pair.Right, CarWidth), Share(pair.Left, CarWidth));
        var seam = Math.Max(
            Painted(rgb, width, CarWidth - 2, CarWidth + 2, Hue(pair.Left)), Painted(rgb, width, CarWidth - 2, CarWidth + 2, Hue(pair.Right)));
        return new Verdict(
            ownLeft > otherLeft && ownRight > otherRight,
            (ownLeft > otherLeft) != (ownRight > otherRight),
            ownLeft >= LeastPaint && ownRight >= LeastPaint && otherLeft <= MostBleed * ownLeft && otherRight <= MostBleed * ownRight
                && seam / (4.0 * Height) <= MostSeam,
            Math.Min(1, (ownLeft + ownRight) / 2));
    }

    private static double Hue(string car) => Hues[car.Split(' ')[0]];

    /// <summary>Pixels of a hue in some columns.</summary>
    private static int Painted(byte[] rgb, int width, int from, int to, double hue)
    {
        var count = 0;
        for (var y = 0; y < Height; y++)
        {
            for (var x = from; x < to; x++)
            {
                var at = 3 * (y * width + x);
                var (r, g, b) = (rgb[at] / 255.0, rgb[at + 1] / 255.0, rgb[at + 2] / 255.0);
                var (most, least) = (Math.Max(r, Math.Max(g, b)), Math.Min(r, Math.Min(g, b)));
                if (most < 0.2 || most - least < 0.35 * most)
                {
                    continue;
                }

                var angle = 60 * (most == r ? (g - b) / (most - least) : most == g ? 2 + (b - r) / (most - least) : 4 + (r - g) / (most - least));
                var distance = Math.Abs((angle - hue + 540) % 360 - 180);
                count += distance < 28 ? 1 : 0;
            }
        }

        return count;
    }

    private static RgbImage Sheet(List<byte[]> pictures, int columns)
    {
        const int width = 2 * CarWidth;
        var rows = (pictures.Count + columns - 1) / columns;
        var pixels = new byte[3 * width * columns * Height * rows];
        for (var i = 0; i < pictures.Count; i++)
        {
            for (var y = 0; y < Height; y++)
            {
                var target = 3 * ((((i / columns * Height) + y) * width * columns) + (i % columns * width));
                pictures[i].AsSpan(3 * y * width, 3 * width).CopyTo(pixels.AsSpan(target));
            }
        }

        return new RgbImage(width * columns, Height * rows, pixels);
    }

    /// <param name="Nearest">Either half holds more of its own car's paint than of the other's.</param>
    /// <param name="Collapsed">Both halves hold more of one and the same.</param>
    /// <param name="TwoCars">Both cars are there in their own paint and not joined.</param>
    /// <param name="Likeness">Painted pixels against the cars alone.</param>
    private sealed record Verdict(bool Nearest, bool Collapsed, bool TwoCars, double Likeness);

    private sealed class Tally
    {
        private readonly List<(TimeSpan Time, Verdict Verdict)> _all = [];

        public void Add(TimeSpan time, Verdict verdict) => _all.Add((time, verdict));

        public override string ToString() => string.Create(CultureInfo.InvariantCulture,
            $"nearest on both sides {Share(v => v.Nearest)}, collapsed {Share(v => v.Collapsed)}, two whole cars {Share(v => v.TwoCars)}, likeness "
            + $"{_all.Average(a => a.Verdict.Likeness):f2}, {_all.Average(a => a.Time.TotalSeconds):f1} s a picture");

        private string Share(Func<Verdict, bool> what) => $"{_all.Count(a => what(a.Verdict))}/{_all.Count}";
    }
}
