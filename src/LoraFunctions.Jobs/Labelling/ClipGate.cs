using System.Globalization;
using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Imaging.Gate;

namespace LoraFunctions.Jobs.Labelling;

/// <summary>
/// What only CLIP can say against a photo that the gate took, photo by photo in the order of their names, so that it is always the same one of two alike
/// that stays. It keeps the embeddings of the photos that were taken.
/// </summary>
internal sealed class ClipGate : IDisposable
{
    private readonly LabelGate _gate;
    private readonly ZeroShotClassifier _questions;
    private readonly List<(string Name, float[] Embedding)> _taken = [];

    /// <param name="clip">Stays the caller's.</param>
    public ClipGate(ClipModel clip, LabelGate gate, CancellationToken cancellationToken)
    {
        _gate = gate;
        _questions = new ZeroShotClassifier(clip, [.. gate.Questions.Select(question => question.Group)], cancellationToken);
    }

    /// <summary>One score a question, in their order.</summary>
    public IReadOnlyList<GateScore> Score(float[] embedding) =>
    [
        .. _questions.Classify(embedding, learnt: null).Zip(_gate.Questions)
            .Select(answer => new GateScore(answer.Second.Name, Math.Round(answer.First.Scores.Take(answer.Second.Against).Sum(score => score.Probability), 6))),
    ];

    /// <summary>Null: the photo is taken.</summary>
    /// <param name="insisted">A person has said what the photo shows: it is taken whatever CLIP says.</param>
    public ClipRejection? Judge(string name, float[] embedding, IReadOnlyList<GateScore> scores, bool insisted)
    {
        var rejection = insisted ? null : ByQuestions(name, scores) ?? BySameScene(name, embedding);
        if (rejection is null)
        {
            _taken.Add((name, embedding));
        }

        return rejection;
    }

    public void Dispose() => _questions.Dispose();

    // The one that is furthest above its threshold.
    private ClipRejection? ByQuestions(string name, IReadOnlyList<GateScore> scores) =>
        _gate.Questions.Zip(scores).Where(question => question.Second.Probability >= question.First.Threshold)
            .OrderByDescending(question => question.Second.Probability - question.First.Threshold)
            .Select(question => new ClipRejection(
                name, question.First.Reason,
                Invariant($"is not used, {question.First.Name}: CLIP says so with a probability of {question.Second.Probability:0.00}, from {question.First.Threshold:0.00} on it counts. Name the photo in {LabelFiles.Overrides} to use it all the same")))
            .FirstOrDefault();

    private ClipRejection? BySameScene(string name, float[] embedding) =>
        _taken.Select(other => (other.Name, Cosine: Math.Round(ZeroShotClassifier.Cosine(embedding, other.Embedding), 6))).Where(other => other.Cosine >= _gate.MinSameScene)
            .Select(other => new ClipRejection(
                name, GateReason.SameScene,
                Invariant($"shows the same scene as {other.Name}: the cosine of their embeddings is {other.Cosine:0.000}, from {_gate.MinSameScene:0.000} on one of them is enough. Name the photo in {LabelFiles.Overrides} to use it all the same"),
                other.Name))
            .FirstOrDefault();

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
