using System.Diagnostics;
using System.Globalization;
using LoraFunctions.Cli.Tests.Nightly;
using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Diffusion.Generation;
using LoraFunctions.Imaging;
using LoraFunctions.Imaging.Codecs;
using LoraFunctions.Imaging.Pixels;
using LoraFunctions.Jobs.Labelling;
using LoraFunctions.Showroom;
using LoraFunctions.Showroom.Cars;
using LoraFunctions.Showroom.Rendering;
using LoraFunctions.Showroom.Scenes;

namespace LoraFunctions.Benchmarks.Showroom;

/// <summary>
/// <c>showroom speed|labels|corrections|base [count] [folder]</c>: what the drawn world costs and what the small models make of it, against known truth.
/// Scenes are numbered far away from those that were trained on.
/// </summary>
internal static class ShowroomBenchmark
{
    private const int Unseen = 20_000_000;
    private const int Width = 192;
    private const int Height = 144;
    private const string Table = "infra/config/demo/labels.yaml";

    public static void Run(string[] arguments)
    {
        string what = arguments.Length > 0 ? arguments[0] : "labels";
        int? count = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : null;
        string? folder = arguments.Length > 2 ? arguments[2] : null;
        switch (what)
        {
            case "speed":
                Speed(count ?? 400);
                break;
            case "labels":
                Labelling(count ?? 500, folder ?? ShowroomModels.Clip);
                break;
            case "corrections":
                Corrections(count ?? 500, folder ?? ShowroomModels.Clip);
                break;
            case "base":
                Base(count ?? 100, folder ?? ShowroomModels.BaseModel);
                break;
            default:
                throw new ArgumentException($"'{what}' is none of speed, labels, corrections, base.", nameof(arguments));
        }
    }

    private static void Speed(int count)
    {
        foreach ((int width, int height, int pictures) in new[] { (Width, Height, count), (768, 576, Math.Max(4, count / 16)) })
        {
            var clock = Stopwatch.StartNew();
            Parallel.For(0, 2, new ParallelOptions { MaxDegreeOfParallelism = 2 }, half =>
            {
                var renderer = new SceneRenderer();
                for (int i = half; i < pictures; i += 2)
                {
                    renderer.Draw(SceneSampler.Sample(Unseen + i), width, height);
                }
            });
            Console.WriteLine($"{width}x{height}: {pictures / clock.Elapsed.TotalSeconds:f0} pictures a second on two threads");
        }
    }

    /// <summary>
    /// The labeller as the night runs it, on listing photos; beside it the middle of the photo and the car's own region, alone and averaged with the whole.
    /// </summary>
    private static void Labelling(int count, string clipFolder)
    {
        using ClipModel clip = ClipModel.Load(clipFolder);
        using var classifier = new ZeroShotClassifier(clip, LabelTableReader.Read(Table).Groups, CancellationToken.None);
        var renderer = new SceneRenderer();
        var tally = new Tally();
        for (int i = 0; i < count; i++)
        {
            Scene scene = SceneSampler.Sample(Unseen + i, interiors: 0.1);
            DrawnPicture drawn = renderer.Draw(scene, 768, 576);
            RgbImage photo = ImageCodec.Decode(ImageCodec.EncodeJpeg(drawn.Image, 90));
            float[] whole = classifier.EmbeddingOf(photo);
            float[] middle = classifier.EmbeddingOf(Resizer.Crop(photo, photo.Width * 15 / 100, photo.Height * 15 / 100, photo.Width * 70 / 100, photo.Height * 70 / 100));
            float[] car = classifier.EmbeddingOf(Resizer.Crop(photo, drawn.Boxes[0].Left, drawn.Boxes[0].Top, drawn.Boxes[0].Width, drawn.Boxes[0].Height));
            foreach ((string kind, float[] embedding) in new[] { ("", whole), ("middle: ", middle), ("whole and middle: ", Mean(whole, middle)), ("whole and car: ", Mean(whole, car)) })
            {
                Count(tally, classifier.Classify(embedding, learnt: null), scene, kind);
            }
        }

        tally.Print($"labels of {count} unseen listing photos");
    }

    private static float[] Mean(float[] one, float[] other)
    {
        double length = Math.Sqrt(one.Zip(other, (a, b) => (double)(a + b) * (a + b)).Sum());
        return [.. one.Zip(other, (a, b) => (float)((a + b) / length))];
    }

    /// <summary>What 50 corrected pictures change on so many untouched ones, group by group.</summary>
    private static void Corrections(int untouched, string clipFolder)
    {
        const int corrected = 50;
        Console.WriteLine($"errors on {untouched} untouched pictures, by CLIP alone and after {corrected} corrected ones, by seeds; in brackets those of the corrected, each asked as if it were not");
        foreach (int seed in new[] { 0, 1, 2 })
        {
            foreach (CorrectionTrial trial in CorrectionTrials.Run(clipFolder, [CorrectionTrials.TradeNames, .. Labels.All], corrected, untouched, seed))
            {
                Console.WriteLine($"  {seed} {trial.Group,-10} {trial.Before,4} -> {trial.After,4} of {trial.Asked,4}  ({trial.Learnt.ErrorsBefore,2} -> {trial.Learnt.ErrorsAfter,2})");
            }
        }
    }

    /// <summary>The base model's pictures against their prompts; the judges are first asked about drawn pictures that went through its VAE.</summary>
    private static void Base(int count, string folder)
    {
        using StableDiffusionModel model = StableDiffusionModel.Load(folder);
        using ClipModel clip = ClipModel.Load(ShowroomModels.Clip);
        using var classifier = new ZeroShotClassifier(clip, LabelTableReader.Read(Table).Groups, CancellationToken.None);
        var painter = new TextToImage(model);
        var renderer = new SceneRenderer();
        var judged = new Tally();
        var single = new Tally();
        var pairs = new Tally();
        for (int i = 0; i < count; i++)
        {
            Scene scene = SceneSampler.Sample(Unseen + i);
            RgbImage through = ModelPictures.ThroughVae(model, renderer.Draw(scene, Width, Height).Image);
            Count(judged, classifier.Classify(through), scene, "");
            judged.Add("paint, measured", MeasuredPaint.Of(through) == scene.Cars[0].Paint.Name);

            RgbImage made = Draw(painter, Captions.Of(scene, i % Captions.Templates), Width, i);
            Count(single, classifier.Classify(made), scene, "");
            single.Add("paint, measured", MeasuredPaint.Of(made) == scene.Cars[0].Paint.Name);

            if (i % 4 == 0)
            {
                Scene two = SceneSampler.Sample(Unseen + i, twoCars: true);
                RgbImage wide = Draw(painter, Captions.Of(two, i / 4 % Captions.Templates), Width * 2, i);
                bool left = MeasuredPaint.Of(ModelPictures.Half(wide, 0)) == two.Cars[0].Paint.Name;
                bool right = MeasuredPaint.Of(ModelPictures.Half(wide, 1)) == two.Cars[1].Paint.Name;
                pairs.Add("paint of the left car", left);
                pairs.Add("paint of the right car", right);
                pairs.Add("both", left && right);
            }
        }

        judged.Print($"the judges on {count} drawn pictures through the VAE");
        single.Print($"{count} pictures of one car by the base model");
        pairs.Print("wide pictures of two cars by the base model, plain prompt");
    }

    private static void Count(Tally tally, IReadOnlyList<AssignedLabel> labels, Scene scene, string prefix)
    {
        foreach (AssignedLabel label in labels)
        {
            LabelQuestion question = Labels.All.Single(item => item.Group == label.Group);
            if (question.Truth(scene) is { } truth)
            {
                tally.Add(prefix + label.Group, label.Word is null ? null : label.Word == question.Words[truth].Word);
            }
        }
    }

    private static RgbImage Draw(TextToImage painter, string prompt, int width, int seed)
    {
        GeneratedPicture made = painter.Generate(new TextToImageRequest
        {
            Prompt = prompt,
            Width = width,
            Height = Height,
            Steps = 20,
            GuidanceScale = 3,
            Seed = seed,
        });
        return new RgbImage(made.Width, made.Height, made.Rgb);
    }

    /// <summary>Right, wrong and abstained answers by what was asked.</summary>
    private sealed class Tally
    {
        private readonly Dictionary<string, (int Right, int Wrong, int Silent)> counts = new(StringComparer.Ordinal);

        public void Add(string what, bool? right)
        {
            (int yes, int no, int silent) = counts.GetValueOrDefault(what);
            counts[what] = right switch
            {
                true => (yes + 1, no, silent),
                false => (yes, no + 1, silent),
                null => (yes, no, silent + 1),
            };
        }

        public void Print(string title)
        {
            Console.WriteLine(title);
            foreach ((string what, (int right, int wrong, int silent)) in counts)
            {
                int answered = Math.Max(1, right + wrong);
                Console.WriteLine($"  {what,-24} {(double)right / answered,6:P0} of {right + wrong} right, {(double)silent / (answered + silent),4:P0} abstained");
            }
        }
    }
}
