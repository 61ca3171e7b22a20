using System.Diagnostics;
using System.Globalization;
using LoraFunctions.Cli.Tests.Nightly;
using LoraFunctions.Benchmarks.Showroom;
using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Diffusion.Generation;
using LoraFunctions.Diffusion.Lora;
using LoraFunctions.Imaging;
using LoraFunctions.Imaging.Codecs;
using LoraFunctions.Imaging.Sheets;
using LoraFunctions.Showroom;
using LoraFunctions.Showroom.Cars;
using LoraFunctions.Showroom.Scenes;

namespace LoraFunctions.Benchmarks.Composition;

/// <summary>
/// <c>comparison left=LORA right=LORA [seeds=10] [methods=Halves,Merge] [models=0,1] [strength=0.8] [folder=comparison]</c>: two trained car models in
/// one picture, in four scenes, judged by what either half shows: the right one nearest on both sides, both sides one model (collapse), a
/// car of the paint that was asked for in either half, beside the same car alone.
/// </summary>
internal static class ComparisonBenchmark
{
    private const int CarWidth = 192;
    private const int Height = 144;
    private const View Asked = View.FrontThreeQuarter;

    private static readonly (Paint Paint, double Hue)[] Paints = [(Paint.Red, 0), (Paint.Yellow, 50)];
    private static readonly Place[] Places = [Place.CityStreet, Place.Highway, Place.Night, Place.Rain];

    public static void Run(string[] arguments)
    {
        var options = arguments.Select(a => a.Split('=', 2)).ToDictionary(a => a[0], a => a[1], StringComparer.Ordinal);
        string Option(string key, string otherwise) => options.GetValueOrDefault(key, otherwise);
        CarModel[] cars = [.. Option("models", "0,1").Split(',').Select(m => CarModel.All[int.Parse(m, CultureInfo.InvariantCulture)])];
        var seeds = int.Parse(Option("seeds", "10"), CultureInfo.InvariantCulture);
        var strength = double.Parse(Option("strength", "0.8"), CultureInfo.InvariantCulture);
        var methods = Option("methods", string.Join(',', Enum.GetNames<CompositionMethod>())).Split(',').Select(Enum.Parse<CompositionMethod>);
        var folder = Directory.CreateDirectory(Option("folder", "comparison")).FullName;
        using var left = LoraFile.Load(options["left"]);
        using var right = LoraFile.Load(options["right"]);
        LoraSelection[] loras = [new("left", left), new("right", right)];
        using var model = StableDiffusionModel.Load(Option("base", ShowroomModels.BaseModel));
        using var clip = ClipModel.Load(ShowroomModels.Clip);
        var (painter, judges) = (new TextToImage(model), new CarJudges(model, clip));

        var alone = new Tally();
        foreach (var (side, place, seed) in from side in new[] { 0, 1 } from place in Places from seed in Enumerable.Range(1, seeds) select (side, place, seed))
        {
            var clock = Stopwatch.StartNew();
            var picture = painter.Generate(Request(CarPrompt(cars[side], side, place, strength), CarWidth, seed), loras);
            var found = Found(judges, new RgbImage(CarWidth, Height, picture.Rgb), cars, side);
            alone.Add(clock.Elapsed, found, found);
            alone.Right(found, cars[side]);
        }

        Console.WriteLine($"a car alone, {2 * Places.Length * seeds} pictures: there {alone.Cars / 2}, its own model nearest by shape {alone.ByShape}, by CLIP {alone.ByClip}");
        foreach (var method in methods)
        {
            var tally = new Tally();
            var sheet = new List<ContactSheetTile>();
            foreach (var (place, seed) in from place in Places from seed in Enumerable.Range(1, seeds) select (place, seed))
            {
                var clock = Stopwatch.StartNew();
                var scene = $"two cars side by side, {cars[0].DisplayName} on the left, {cars[1].DisplayName} on the right, {Captions.Of(place)}";
                var request = Request(scene, 2 * CarWidth, seed) with
                {
                    Composition = new([CarPrompt(cars[0], 0, place, strength), CarPrompt(cars[1], 1, place, strength)]) { Method = method },
                };
                var picture = new RgbImage(2 * CarWidth, Height, painter.Generate(request, loras).Rgb);
                tally.Add(
                    clock.Elapsed,
                    Found(judges, ModelPictures.Half(picture, 0), cars, 0),
                    Found(judges, ModelPictures.Half(picture, 1), cars, 1));
                tally.Judge(cars);
                if (seed <= 4)
                {
                    sheet.Add(new ContactSheetTile(picture, $"{Captions.Of(place)}, seed {seed}"));
                }
            }

            Console.WriteLine($"{method,-10} {tally}");
            File.WriteAllBytes(Path.Combine(folder, $"{method}.png"), ImageCodec.EncodePng(ContactSheet.Render(
                sheet, new ContactSheetOptions { Columns = 4, TileWidth = 2 * CarWidth, TileHeight = Height, Gap = 2 })));
        }
    }

    private static string CarPrompt(CarModel car, int side, Place place, double strength) => string.Create(
        CultureInfo.InvariantCulture,
        $"{car.DisplayName}, {Paints[side].Paint.Name} paint, {Captions.Of(Asked)} facing right, {Captions.Of(place)} <lora:{(side == 0 ? "left" : "right")}:{strength}>");

    private static TextToImageRequest Request(string prompt, int width, int seed) => new()
    {
        Prompt = prompt, Width = width, Height = Height, Steps = 20, GuidanceScale = 3, Sampler = "DPM++ 2M Karras", Seed = seed,
    };

    private static (CarModel Clip, CarModel Shape)? Found(CarJudges judges, RgbImage half, CarModel[] cars, int side) =>
        judges.Nearest(half, cars, Asked, Paints[side].Hue);

    private sealed class Tally
    {
        private readonly List<double> _seconds = [];
        private (CarModel Clip, CarModel Shape)? _left;
        private (CarModel Clip, CarModel Shape)? _right;
        private int _bothByShape;
        private int _bothByClip;
        private int _collapsedByShape;
        private int _twoCars;

        public int Cars { get; private set; }

        public int ByShape { get; private set; }

        public int ByClip { get; private set; }

        public void Add(TimeSpan time, (CarModel Clip, CarModel Shape)? left, (CarModel Clip, CarModel Shape)? right)
        {
            _seconds.Add(time.TotalSeconds);
            (_left, _right) = (left, right);
            Cars += (left is null ? 0 : 1) + (right is null ? 0 : 1);
        }

        public void Right((CarModel Clip, CarModel Shape)? found, CarModel car)
        {
            ByShape += found?.Shape == car ? 1 : 0;
            ByClip += found?.Clip == car ? 1 : 0;
        }

        public void Judge(CarModel[] cars)
        {
            Right(_left, cars[0]);
            Right(_right, cars[1]);
            _twoCars += _left is not null && _right is not null ? 1 : 0;
            _bothByShape += _left?.Shape == cars[0] && _right?.Shape == cars[1] ? 1 : 0;
            _bothByClip += _left?.Clip == cars[0] && _right?.Clip == cars[1] ? 1 : 0;
            _collapsedByShape += _left is { } l && _right is { } r && l.Shape == r.Shape ? 1 : 0;
        }

        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture,
            $"of {_seconds.Count}: a car in its own paint in either half {_twoCars}, right model nearest on both sides by shape {_bothByShape}, by CLIP {_bothByClip}; "
            + $"halves right by shape {ByShape}, by CLIP {ByClip} of {2 * _seconds.Count}; both sides one model {_collapsedByShape}; {_seconds.Order().ElementAt(_seconds.Count / 2):0.0} s a picture");
    }
}
