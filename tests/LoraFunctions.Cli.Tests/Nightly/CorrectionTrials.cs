using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Imaging;
using LoraFunctions.Jobs.Labelling;
using LoraFunctions.Showroom.Rendering;
using LoraFunctions.Showroom.Scenes;

namespace LoraFunctions.Cli.Tests.Nightly;

/// <summary>What corrected pictures of one group change on pictures that nobody has corrected.</summary>
/// <param name="Before">Errors by CLIP alone, of the untouched pictures that the group can be asked about.</param>
internal sealed record CorrectionTrial(string Group, LearntGroup Learnt, int Asked, int Before, int After);

/// <summary>The demo's CLIP on drawn pictures with known truth, a part of them corrected: for the benchmark, and a test of a part of it.</summary>
internal static class CorrectionTrials
{
    /// <summary>Paints by names that the demo's CLIP has never been told: it sees the colours, and knows no word for them.</summary>
    public static LabelQuestion TradeNames { get; } = new(
        "trade name",
        Labels.Paint.Truth,
        [.. Labels.Paint.Words.Zip(["ruby", "ocean", "polar", "onyx", "steel", "jade", "sun", "copper"], (_, name) => new LabelWord($"{name} metallic", $"a photo of a {name} metallic car"))]);

    private const int Unseen = 30_000_000;
    private const int Width = 256;
    private const int Height = 192;

    /// <summary>One trial a question of the demo's world; all of the corrected pictures' answers are learnt from.</summary>
    public static IReadOnlyList<CorrectionTrial> Run(string clipFolder, IReadOnlyList<LabelQuestion> questions, int corrected, int untouched, int seed = 0)
    {
        using ClipModel clip = ClipModel.Load(clipFolder);
        var table = new LabelTable([], [.. questions.Select(q => new LabelGroup(q.Group, [.. q.Words.Select(w => new LabelCandidate(w.Word, w.Sentences))], Threshold: null))]);
        using var classifier = new ZeroShotClassifier(clip, table.Groups, CancellationToken.None);
        var renderer = new SceneRenderer();
        CorrectedPhoto[] photos =
        [
            .. Enumerable.Range(Unseen + (seed * 10_000), corrected + untouched).Select(i => SceneSampler.Sample(i, interiors: 0.1))
                .Select(scene => new CorrectedPhoto(classifier.EmbeddingOf(renderer.Draw(scene, Width, Height).Image), [.. questions.Select(q => q.Truth(scene))])),
        ];
        var learnt = LearntCorrections.Of(table, photos[..corrected], classifier.LogitsOf);
        return
        [
            .. questions.Select((question, group) =>
            {
                CorrectedPhoto[] asked = [.. photos[corrected..].Where(photo => photo.Answers[group] is not null)];
                return new CorrectionTrial(question.Group, learnt.Groups[group], asked.Length, Errors(asked, group, null), Errors(asked, group, learnt));
            }),
        ];

        int Errors(CorrectedPhoto[] asked, int group, LearntCorrections? with) =>
            asked.Count(photo => classifier.Classify(photo.Embedding, with)[group].Word != questions[group].Words[photo.Answers[group]!.Value].Word);
    }
}
