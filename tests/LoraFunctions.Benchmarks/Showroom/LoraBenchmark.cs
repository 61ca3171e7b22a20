using System.Globalization;
using LoraFunctions.Cli.Tests.Nightly;
using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Diffusion.Generation;
using LoraFunctions.Diffusion.Lora;
using LoraFunctions.Imaging;
using LoraFunctions.Imaging.Codecs;
using LoraFunctions.Imaging.Pixels;
using LoraFunctions.Imaging.Sheets;
using LoraFunctions.Jobs.Training;
using LoraFunctions.Showroom;
using LoraFunctions.Showroom.Cars;
using LoraFunctions.Showroom.Rendering;
using LoraFunctions.Showroom.Scenes;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraFunctions.Benchmarks.Showroom;

/// <summary>
/// <c>lora [key=value ...]</c>: does a LoRA draw the car model it was trained on? One is trained for each of the demo's car models, which the base
/// model never saw and whose paints vary from photo to photo; what it then draws is compared with drawn pictures of all of them that went through
/// the VAE, by the car's region alone and by two judges, which are themselves judged on drawn pictures first.
/// </summary>
/// <remarks>
/// Keys: <c>folder</c> (keeps photos and LoRAs; a LoRA that is there is not trained again), <c>base</c>, <c>config</c> (training YAML),
/// <c>models=0,1,2</c> (which to train and draw), <c>photos</c>, <c>strengths=0.8,1</c>, <c>train-only=true</c>.
/// </remarks>
internal static class LoraBenchmark
{
    private const int Width = 192;
    private const int Height = 144;
    private const int UnseenSeed = 30_000_000;

    private static readonly (Paint Paint, double Hue)[] Paints = [(Paint.Red, 0), (Paint.Orange, 24), (Paint.Yellow, 50)];

    public static void Run(string[] arguments)
    {
        var options = arguments.Select(a => a.Split('=', 2)).ToDictionary(a => a[0], a => a[1], StringComparer.Ordinal);
        var folder = options.GetValueOrDefault("folder", "showroom-lora");
        var basePath = options.GetValueOrDefault("base", ShowroomModels.BaseModel);
        var config = Path.GetFullPath(options.GetValueOrDefault("config", "infra/config/demo/training.yaml"));
        var photos = int.Parse(options.GetValueOrDefault("photos", "60"), CultureInfo.InvariantCulture);
        var models = options.TryGetValue("models", out var chosen)
            ? [.. chosen.Split(',').Select(c => CarModel.All[int.Parse(c, CultureInfo.InvariantCulture)])]
            : CarModel.All.ToArray();
        var loras = models.ToDictionary(m => m.DisplayName, m => Train(m, folder, basePath, config, photos), StringComparer.Ordinal);
        if (options.ContainsKey("train-only"))
        {
            return;
        }

        using var model = StableDiffusionModel.Load(basePath);
        using var clip = ClipModel.Load(ShowroomModels.Clip);
        var painter = new TextToImage(model);
        var judges = new CarJudges(model, clip);
        Console.WriteLine($"the judges on drawn pictures through the VAE: {Verdicts(Drawn(judges, model))}");
        Console.WriteLine($"without a LoRA:  {Verdicts(Pictures(judges, painter, models, null, 0, Path.Combine(folder, "without")))}");
        foreach (var strength in options.GetValueOrDefault("strengths", "0.8,1").Split(',').Select(s => double.Parse(s, CultureInfo.InvariantCulture)))
        {
            var sheet = string.Create(CultureInfo.InvariantCulture, $"with-{strength}");
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"LoRA at {strength:0.0#}: {Verdicts(Pictures(judges, painter, models, loras, strength, Path.Combine(folder, sheet)))}"));
        }
    }

    private static string Train(CarModel model, string folder, string basePath, string config, int photos)
    {
        var name = model.DisplayName.Replace(' ', '-').ToLowerInvariant();
        var output = Path.Combine(folder, "loras", name);
        var lora = Path.Combine(output, name + ".safetensors");
        if (File.Exists(lora))
        {
            return lora;
        }

        var data = Path.Combine(folder, "photos", name);
        Directory.CreateDirectory(data);
        var renderer = new SceneRenderer();
        var rows = new List<CaptionRow>();
        for (var i = 0; i < photos; i++)
        {
            var scene = SceneSampler.Of(model.Design, UnseenSeed + (1000 * i) + model.DisplayName.Length);
            var file = $"{i:000}.png";
            File.WriteAllBytes(Path.Combine(data, file), ImageCodec.EncodePng(renderer.Draw(scene, Width, Height).Image));
            rows.Add(new CaptionRow(file, Caption(model, scene.Cars[0], scene.Place)));
        }

        CaptionFile.Write(Path.Combine(data, "metadata.csv"), rows);
        var result = new TrainingJob().Run(new TrainingRequest
        {
            Configurations = [config],
            Name = name,
            DisplayName = model.DisplayName,
            TrainDataDir = data,
            BaseModel = basePath,
            OutputDir = output,
        });
        Console.WriteLine($"{name}: {result.Steps} steps, weights of step {result.WeightsStep}, loss on held-out photos {result.BestValidationLoss:f4}");
        return lora;
    }

    /// <summary>As the labeller writes it, with the side that the nose points to, which a person would add.</summary>
    private static string Caption(CarModel model, CarShot shot, Place place) =>
        $"{model.DisplayName}, {shot.Paint.Name} paint, {Captions.ViewOf(shot)}, {Captions.Of(place)}";

    /// <summary>What every car model is asked for: each view in two places.</summary>
    private static IEnumerable<(View View, Place Place, Paint Paint, double Hue, int Seed)> Tasks() =>
        from view in Enum.GetValues<View>()
        where view != View.Interior
        from round in new[] { 0, 1 }
        let number = ((int)view * 2) + round
        let paint = Paints[number % Paints.Length]
        select (view, (Place)(number * 2 % 5), paint.Paint, paint.Hue, number);

    private static IEnumerable<Verdict> Drawn(CarJudges judges, StableDiffusionModel model)
    {
        var renderer = new SceneRenderer();
        foreach (var (view, place, paint, hue, seed) in Tasks())
        {
            foreach (var car in CarModel.All)
            {
                var scene = CarJudges.SceneOf(car, view, place, paint, UnseenSeed + 500_000 + seed);
                yield return Verdict.Of(judges.Nearest(ModelPictures.ThroughVae(model, renderer.Draw(scene, Width, Height).Image), CarModel.All, view, hue), car, view);
            }
        }
    }

    private static IEnumerable<Verdict> Pictures(
        CarJudges judges, TextToImage painter, IReadOnlyList<CarModel> models, Dictionary<string, string>? loras, double strength, string sheet)
    {
        var made = new List<RgbImage>();
        foreach (var car in models)
        {
            using var lora = loras is null ? null : LoraFile.Load(loras[car.DisplayName]);
            foreach (var (view, place, paint, hue, seed) in Tasks())
            {
                var tag = lora is null ? "" : string.Create(CultureInfo.InvariantCulture, $" <lora:car:{strength}>");
                var picture = painter.Generate(
                    new TextToImageRequest
                    {
                        Prompt = Caption(car, new CarShot(car.Design, paint, view, (Facing)(seed % 2)), place) + tag,
                        Width = Width,
                        Height = Height,
                        Steps = 20,
                        GuidanceScale = 3,
                        Sampler = "DPM++ 2M Karras",
                        Seed = seed,
                    },
                    lora is null ? [] : [new LoraSelection("car", lora)]);
                made.Add(new RgbImage(picture.Width, picture.Height, picture.Rgb));
                yield return Verdict.Of(judges.Nearest(made[^1], CarModel.All, view, hue), car, view);
            }
        }

        var titles = made.Select((image, i) => new ContactSheetTile(image, models[i / Tasks().Count()].DisplayName)).ToList();
        File.WriteAllBytes(sheet + ".png", ImageCodec.EncodePng(ContactSheet.Render(
            titles, new ContactSheetOptions { Columns = Tasks().Count(), TileWidth = Width, TileHeight = Height, Gap = 2 })));
    }

    private static string Verdicts(IEnumerable<Verdict> verdicts)
    {
        var all = verdicts.ToList();
        return $"CLIP {Share(all, v => v.Clip)}, shape {Share(all, v => v.Shape)}, no car of that paint {all.Count(v => !v.IsThere)}\n"
            + $"  by CLIP and shape: {By(all, v => v.Car.DisplayName)}\n  {By(all, v => Captions.Of(v.View))}";
    }

    private static string By(List<Verdict> all, Func<Verdict, string> what) =>
        string.Join(", ", all.GroupBy(what).Select(g => $"{g.Key} {g.Count(v => v.Clip)} and {g.Count(v => v.Shape)} of {g.Count()}"));

    private static string Share(List<Verdict> all, Func<Verdict, bool> right) => $"{all.Count(right)}/{all.Count} ({(double)all.Count(right) / all.Count:P0})";

    /// <summary>Whether each judge found the picture nearest to its own car model.</summary>
    private readonly record struct Verdict(CarModel Car, View View, bool IsThere, bool Clip, bool Shape)
    {
        public static Verdict Of((CarModel Clip, CarModel Shape)? nearest, CarModel car, View view) =>
            new(car, view, nearest is not null, nearest?.Clip == car, nearest?.Shape == car);
    }
}
