using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Imaging;
using LoraFunctions.Jobs.Labelling;
using LoraFunctions.Showroom.Listings;
using LoraFunctions.Showroom.Rendering;
using LoraFunctions.Showroom.Scenes;

namespace LoraFunctions.Cli.Tests.Nightly;

/// <summary>A drawn picture with what is wrong with it, and what CLIP says of it.</summary>
/// <param name="Shot">Pictures of one shot differ by their defect alone.</param>
internal sealed record ClipGateTrial(DemoDefect Defect, int Shot, float[] Embedding, IReadOnlyList<GateScore> Scores)
{
    public double Of(string question) => Scores.Single(score => score.Question == question).Probability;
}

/// <summary>The gate's questions to a CLIP about drawn pictures with known defects: for the benchmark, and a test that no good demo photo is rejected.</summary>
internal static class ClipGateTrials
{
    /// <summary>What only CLIP could tell, with the question that asks for it.</summary>
    public static IReadOnlyDictionary<DemoDefect, string> Asked { get; } = new Dictionary<DemoDefect, string>
    {
        [DemoDefect.NotACar] = "not a car",
        [DemoDefect.Busy] = "busy background",
        [DemoDefect.Occluded] = "occluded",
        [DemoDefect.SeveralCars] = "several cars",
        [DemoDefect.Badge] = "brand logo",
    };

    private const int Unseen = 40_000_000;
    private const int Width = 384;
    private const int Height = 288;

    /// <summary>Every shot as it is, cut a little closer, and with each defect.</summary>
    public static IReadOnlyList<ClipGateTrial> Run(string clipFolder, LabelGate gate, int shots)
    {
        using ClipModel clip = ClipModel.Load(clipFolder);
        using var asked = new Questions(clip, gate);
        var renderer = new SceneRenderer();
        return
        [
            .. Enumerable.Range(0, shots).SelectMany(shot => Asked.Keys.Prepend(DemoDefect.NearDuplicate).Prepend(DemoDefect.None).Select(defect =>
            {
                DrawnPicture drawn = renderer.Draw(SceneSampler.Sample(Unseen + shot, twoCars: defect == DemoDefect.SeveralCars), Width, Height);
                return asked.About(defect, shot, Defects.Spoil(drawn, defect, shot));
            })),
        ];
    }

    /// <summary>The demo's own good photos.</summary>
    public static IReadOnlyList<ClipGateTrial> OfDemo(string clipFolder, LabelGate gate, int photosPerModel)
    {
        using ClipModel clip = ClipModel.Load(clipFolder);
        using var asked = new Questions(clip, gate);
        var options = new DemoListingsOptions { ListedAt = DateTimeOffset.UnixEpoch, GoodPhotosPerModel = photosPerModel };
        var renderer = new SceneRenderer();
        return
        [
            .. DemoListings.Plan(options).SelectMany(listing => listing.Photos).Where(photo => photo.Defect == DemoDefect.None)
                .Select((photo, shot) => asked.About(DemoDefect.None, shot, renderer.Draw(photo.Scene, options.Width, options.Height).Image)),
        ];
    }

    /// <summary>What the gate does with these photos, in this order.</summary>
    public static IReadOnlyList<string> Rejected(string clipFolder, LabelGate gate, IReadOnlyList<ClipGateTrial> photos)
    {
        using ClipModel clip = ClipModel.Load(clipFolder);
        using var judge = new ClipGate(clip, gate, CancellationToken.None);
        return [.. photos.Select(photo => judge.Judge($"{photo.Shot}.jpg", photo.Embedding, photo.Scores, insisted: false)?.Sentence).OfType<string>()];
    }

    private sealed class Questions(ClipModel clip, LabelGate gate) : IDisposable
    {
        private readonly ZeroShotClassifier classifier = new(clip, [], CancellationToken.None);
        private readonly ClipGate questions = new(clip, gate, CancellationToken.None);

        public ClipGateTrial About(DemoDefect defect, int shot, RgbImage image)
        {
            float[] embedding = classifier.EmbeddingOf(image);
            return new ClipGateTrial(defect, shot, embedding, questions.Score(embedding));
        }

        public void Dispose()
        {
            questions.Dispose();
            classifier.Dispose();
        }
    }
}
