using System.Globalization;
using System.Text.Json.Nodes;
using LoraFunctions.Imaging.Codecs;
using LoraFunctions.Jobs.Training;
using LoraFunctions.Jobs.Training.Data;
using LoraFunctions.Showroom;
using LoraFunctions.Showroom.Cars;
using LoraFunctions.Showroom.Rendering;
using LoraFunctions.Showroom.Scenes;

namespace LoraFunctions.Benchmarks.Training;

/// <summary>
/// <c>warm-start [key=value ...]</c>: what a training saves that begins with the car model's last LoRA. One is trained on the photos of the first nights; then
/// more photos come, and it is trained anew from nothing, and from that LoRA with all and with fewer epochs. The loss on held-out photos says which is as far
/// when; no training saw one of those: the seed is chosen so.
/// </summary>
/// <remarks>Keys: <c>folder</c>, <c>models=0,1</c>, <c>photos=40</c>, <c>more=20</c> (as many as train a model again), <c>epochs=8</c>, <c>config</c>.</remarks>
internal static class WarmStartBenchmark
{
    private const int Width = 192;
    private const int Height = 144;
    private const int UnseenSeed = 40_000_000;

    public static void Run(string[] arguments)
    {
        var options = arguments.Select(a => a.Split('=', 2)).ToDictionary(a => a[0], a => a[1], StringComparer.Ordinal);
        int Number(string key, int usual) => int.Parse(options.GetValueOrDefault(key, usual.ToString(CultureInfo.InvariantCulture)), CultureInfo.InvariantCulture);
        var folder = options.GetValueOrDefault("folder", "warm-start");
        var config = Path.GetFullPath(options.GetValueOrDefault("config", "infra/config/demo/training.yaml"));
        var (photos, more, epochs) = (Number("photos", 40), Number("more", 20), Number("epochs", 8));
        foreach (var car in options.GetValueOrDefault("models", "0,1").Split(',').Select(m => CarModel.All[int.Parse(m, CultureInfo.InvariantCulture)]))
        {
            var place = Path.GetFullPath(Path.Combine(folder, car.DisplayName.Replace(' ', '-').ToLowerInvariant()));
            var names = Draw(car, place, photos + more);
            var seed = SeedWithoutLeak(names, photos);
            var before = Train("before", place, config, car, names.Take(photos), epochs, seed, start: null);
            var cold = Train("cold", place, config, car, names, epochs, seed, start: null);
            Console.WriteLine($"{car.DisplayName}: the LoRA of {photos} photos {before.Text}");
            Console.WriteLine($"  {photos + more} photos from nothing: {cold.Text}");
            foreach (var share in new[] { 1, 2, 4 }.Where(share => epochs / share > 0))
            {
                var warm = Train($"warm-{share}", place, config, car, names, epochs / share, seed, before.Lora);
                var reached = warm.Losses.FirstOrDefault(l => l.Loss <= cold.Best.Loss);
                Console.WriteLine($"  from that LoRA, {epochs / share} epochs: {warm.Text}; as good as from nothing "
                    + (reached == default ? "never" : $"after {reached.Step} steps, where that took {cold.Best.Step}"));
            }
        }
    }

    /// <summary>Of these photos, those that the larger set holds out are new, or were held out before.</summary>
    private static int SeedWithoutLeak(IReadOnlyList<string> names, int photos)
    {
        var old = names.Take(photos).ToList();
        return Enumerable.Range(1, 10_000).First(seed =>
        {
            var before = HeldOut.Choose(old, 0.1, seed);
            return HeldOut.Choose([.. names], 0.1, seed).All(name => before.Contains(name) || !old.Contains(name, StringComparer.Ordinal));
        });
    }

    private static List<string> Draw(CarModel car, string place, int count)
    {
        var folder = Directory.CreateDirectory(Path.Combine(place, "photos")).FullName;
        var renderer = new SceneRenderer();
        var names = Enumerable.Range(0, count).Select(i => $"{i:000}.png").ToList();
        foreach (var (name, i) in names.Select((name, i) => (name, i)).Where(n => !File.Exists(Path.Combine(folder, n.name))))
        {
            File.WriteAllBytes(Path.Combine(folder, name), ImageCodec.EncodePng(renderer.Draw(Scene(car, i), Width, Height).Image));
        }

        return names;
    }

    private static Scene Scene(CarModel car, int i) => SceneSampler.Of(car.Design, UnseenSeed + (1000 * i) + car.DisplayName.Length);

    private static Trained Train(string name, string place, string config, CarModel car, IEnumerable<string> names, int epochs, int seed, string? start)
    {
        var output = Path.Combine(place, name);
        Directory.CreateDirectory(output);
        var photos = Directory.CreateDirectory(Path.Combine(place, $"{name}-photos")).FullName;
        var chosen = names.ToList();
        chosen.ForEach(file => File.Copy(Path.Combine(place, "photos", file), Path.Combine(photos, file), overwrite: true));
        CaptionFile.Write(Path.Combine(photos, "metadata.csv"), [.. chosen.Select((file, i) => (file, Scene: Scene(car, i).Cars[0], Scene(car, i).Place))
            .Select(p => new CaptionRow(p.file, $"{car.DisplayName}, {p.Scene.Paint.Name} paint, {Captions.Of(p.Scene.View)}, {Captions.Of(p.Place)}"))]);
        var own = Path.Combine(place, $"{name}.yaml");
        File.WriteAllText(own, $"epochs: {epochs}\nseed: {seed}\nvalidate_every_epochs: 1\nearly_stop: false\nsample_every_epochs: 0\nvalidation_share: 0.1\n");
        var result = new TrainingJob().Run(new TrainingRequest
        {
            Configurations = [config, own],
            Name = name,
            TrainDataDir = photos,
            BaseModel = ShowroomModels.BaseModel,
            OutputDir = output,
            StartFrom = start,
        });
        var validations = JsonNode.Parse(File.ReadAllText(result.ManifestPath))!["validations"]!.AsArray();
        return new Trained(result.LoraPath, [.. validations.Select(v => (v!["step"]!.GetValue<int>(), v["loss"]!.GetValue<double>()))]);
    }

    private sealed record Trained(string Lora, IReadOnlyList<(int Step, double Loss)> Losses)
    {
        public (int Step, double Loss) Best => Losses.MinBy(l => l.Loss);

        public string Text => string.Create(
            CultureInfo.InvariantCulture,
            $"{Best.Loss:0.0000} at step {Best.Step} ({string.Join(' ', Losses.Select(l => string.Create(CultureInfo.InvariantCulture, $"{l.Step}:{l.Loss:0.0000}")))})");
    }
}
