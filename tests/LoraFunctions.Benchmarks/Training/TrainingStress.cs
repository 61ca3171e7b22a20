using System.Diagnostics;
using System.Globalization;
using LoraFunctions.Benchmarks.Scalars;
using LoraFunctions.Contracts;
using LoraFunctions.Imaging;
using LoraFunctions.Imaging.Codecs;
using LoraFunctions.Jobs.Labelling;
using LoraFunctions.Jobs.Training;
using LoraFunctions.Showroom.SmallModels;

namespace LoraFunctions.Benchmarks.Training;

/// <summary>
/// The labelling of 45 photos and a training of 200 steps on a small model, again and again while another thread collects and finalizes all
/// the time: a tensor or a scalar that is freed too early ends a run, or makes it another.
/// </summary>
internal static class TrainingStress
{
    private const int Rounds = 20;
    private const int Photos = 45;

    private static readonly string[] Views = ["front view", "side view", "rear view", "interior"];

    /// <param name="arguments">How many rounds; 20 without.</param>
    public static void Run(string[] arguments)
    {
        var rounds = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : Rounds;
        var folder = Directory.CreateTempSubdirectory("lora-stress-").FullName;
        try
        {
            SmallModel.WriteStableDiffusion(Path.Combine(folder, "base"));
            SmallModel.WriteClip(Path.Combine(folder, "clip"));
            WritePhotos(Path.Combine(folder, "photos"));
            using var collector = new Collector();
            var clock = Stopwatch.StartNew();
            Count("lora label", rounds, () => Label(folder));
            Count("200 steps of training", rounds, () => Train(folder));
            Console.WriteLine(FormattableString.Invariant($"{collector.Collections:N0} collections in {clock.Elapsed.TotalSeconds:N0} s"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Count(string what, int rounds, Func<string> run)
    {
        var results = new List<string>();
        for (var i = 0; i < rounds; i++)
        {
            try
            {
                results.Add(run());
            }
            catch (Exception exception)
            {
                results.Add($"{exception.GetType().Name}: {exception.Message.ReplaceLineEndings(" ")}");
                Console.WriteLine($"  {what}, run {i + 1}: {results[^1]}");
            }
        }

        var common = results.CountBy(r => r).MaxBy(r => r.Value);
        Console.WriteLine($"{what}: {rounds} runs, {common.Value} equal (SHA-256 {common.Key})");
        Environment.ExitCode = common.Value == rounds ? Environment.ExitCode : 1;
    }

    private static string Label(string folder)
    {
        var result = new LabellingJob().Run(new LabellingRequest
        {
            PhotosFolder = Path.Combine(folder, "photos"),
            ClipFolder = Path.Combine(folder, "clip"),
            DisplayName = "Aurora Sedan",
            LabelTable = Path.Combine(folder, "photos", "labels.yaml"),
            OutputFolder = Path.Combine(folder, "labels"),
        });
        return Digests.OfText(Digests.OfFile(result.MetadataPath) + Digests.OfFile(result.LabelsPath));
    }

    private static string Train(string folder)
    {
        var output = Path.Combine(folder, "out");
        var result = new TrainingJob().Run(new TrainingRequest { Configurations = [Path.Combine(folder, "photos", "aurora.yaml")] });
        var digest = Digests.OfText(Digests.OfFile(result.LoraPath) + Digests.OfFile(result.LogPath));
        Directory.Delete(output, recursive: true);
        return result.Steps == 200 ? digest : throw new InvalidOperationException($"{result.Steps} steps were taken, not 200.");
    }

    private static void WritePhotos(string folder)
    {
        Directory.CreateDirectory(folder);
        for (var i = 0; i < Photos; i++)
        {
            var picture = new RgbImage(96, 96);
            for (var p = 0; p < picture.Pixels.Length; p++)
            {
                picture.Pixels[p] = (byte)((p * (i + 3)) >> (i % 5));
            }

            File.WriteAllBytes(Path.Combine(folder, $"{i:00}.png"), ImageCodec.EncodePng(picture));
        }

        CaptionFile.Write(
            Path.Combine(folder, "metadata.csv"), Enumerable.Range(0, Photos).Select(i => new CaptionRow($"{i:00}.png", $"Aurora Sedan, {Views[i % Views.Length]}")));
        File.WriteAllText(Path.Combine(folder, "labels.yaml"), $"groups:\n  view:\n    templates: [\"the {{}} of a car\"]\n    words: [{string.Join(", ", Views)}]\n");

        // Five photos are held out, the other forty are ten steps an epoch.
        File.WriteAllText(
            Path.Combine(folder, "aurora.yaml"),
            "train_data_dir: .\nbase_model: ../base\noutput_dir: ../out\nresolution: 64\nvalidation_share: 0.11\nbatch_size: 4\nepochs: 20\nearly_stop: false\n"
            + "sample_every_epochs: 0\nmin_snr_gamma: 5\nnoise_offset: 0.05\nshuffle_caption: true\n");
    }
}
