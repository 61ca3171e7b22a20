using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Diffusion.Generation;
using LoraFunctions.Imaging;
using LoraFunctions.Imaging.Codecs;
using LoraFunctions.Jobs.Labelling;
using LoraFunctions.Showroom;
using LoraFunctions.Showroom.Rendering;
using LoraFunctions.Showroom.Scenes;

namespace LoraFunctions.Cli.Tests.Nightly;

/// <summary>
/// The demo's small models against known truth: for the benchmark, and a test of a part of it. Scenes are numbered far away from those that were
/// trained on.
/// </summary>
internal static class ModelTrials
{
    public const int Width = 192;
    public const int Height = 144;
    private const int Unseen = 20_000_000;

    /// <summary>The labeller as the night runs it, on listing photos.</summary>
    /// <param name="table">Asked in full: a question's threshold decides when it abstains.</param>
    public static Tally Label(int count, ClipModel clip, LabelTable table)
    {
        using var classifier = new ZeroShotClassifier(clip, table.Groups, CancellationToken.None);
        var renderer = new SceneRenderer();
        var tally = new Tally();
        foreach (Scene scene in Enumerable.Range(Unseen, count).Select(i => SceneSampler.Sample(i, interiors: 0.1)))
        {
            RgbImage photo = ImageCodec.Decode(ImageCodec.EncodeJpeg(renderer.Draw(scene, 768, 576).Image, 90));
            Count(tally, classifier.Classify(photo), scene);
        }

        return tally;
    }

    /// <summary>The base model's pictures against their prompts; the judges are asked about drawn pictures that went through its VAE beside it.</summary>
    public static (Tally Judges, Tally OneCar, Tally TwoCars) Draw(int count, StableDiffusionModel model, ClipModel clip, int steps = 20)
    {
        using var classifier = new ZeroShotClassifier(clip, AllQuestions.Groups, CancellationToken.None);
        var painter = new TextToImage(model);
        var renderer = new SceneRenderer();
        var (judges, one, two) = (new Tally(), new Tally(), new Tally());
        for (int i = 0; i < count; i++)
        {
            Scene scene = SceneSampler.Sample(Unseen + i);
            foreach ((Tally tally, RgbImage picture) in new[]
            {
                (judges, ModelPictures.ThroughVae(model, renderer.Draw(scene, Width, Height).Image)),
                (one, Picture(painter, Captions.Of(scene, i % Captions.Templates), Width, i, steps)),
            })
            {
                Count(tally, classifier.Classify(picture), scene);
                tally.Add("paint, measured", MeasuredPaint.Of(picture) == scene.Cars[0].Paint.Name);
            }

            if (i % 4 == 0)
            {
                Scene pair = SceneSampler.Sample(Unseen + i, twoCars: true);
                RgbImage wide = Picture(painter, Captions.Of(pair, i / 4 % Captions.Templates), Width * 2, i, steps);
                bool[] sides = [.. new[] { 0, 1 }.Select(side => MeasuredPaint.Of(ModelPictures.Half(wide, side)) == pair.Cars[side].Paint.Name)];
                two.Add("paint of the left car", sides[0]);
                two.Add("paint of the right car", sides[1]);
                two.Add("both", sides[0] && sides[1]);
            }
        }

        return (judges, one, two);
    }

    /// <summary>Everything that can be asked about a drawn picture, without abstaining.</summary>
    public static LabelTable AllQuestions { get; } =
        new([], [.. Labels.All.Select(q => new LabelGroup(q.Group, [.. q.Words.Select(w => new LabelCandidate(w.Word, w.Sentences))], Threshold: null))]);

    public static RgbImage Picture(TextToImage painter, string prompt, int width, int seed, int steps, Composition? composition = null)
    {
        GeneratedPicture made = painter.Generate(new TextToImageRequest
        {
            Prompt = prompt,
            Width = width,
            Height = Height,
            Steps = steps,
            GuidanceScale = 3,
            Seed = seed,
            Composition = composition,
        });
        return new RgbImage(made.Width, made.Height, made.Rgb);
    }

    private static void Count(Tally tally, IReadOnlyList<AssignedLabel> labels, Scene scene)
    {
        foreach (AssignedLabel label in labels)
        {
            LabelQuestion question = Labels.All.Single(item => item.Group == label.Group);
            if (question.Truth(scene) is { } truth)
            {
                tally.Add(label.Group, label.Word is null ? null : label.Word == question.Words[truth].Word);
            }
        }
    }

    /// <summary>Right, wrong and abstained answers by what was asked.</summary>
    internal sealed class Tally
    {
        private readonly Dictionary<string, (int Right, int Wrong, int Silent)> counts = new(StringComparer.Ordinal);

        public IEnumerable<string> Asked => counts.Keys;

        /// <summary>Of the answers that were given, 0 to 1.</summary>
        public double Right(string what) => (double)counts[what].Right / Math.Max(1, counts[what].Right + counts[what].Wrong);

        /// <summary>Share of what was asked that got no answer.</summary>
        public double Abstained(string what) => (double)counts[what].Silent / (counts[what].Right + counts[what].Wrong + counts[what].Silent);

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

        public override string ToString() =>
            string.Join('\n', counts.Select(c => $"  {c.Key,-24} {Right(c.Key),6:P0} of {c.Value.Right + c.Value.Wrong} right, {Abstained(c.Key),4:P0} abstained"));
    }
}
