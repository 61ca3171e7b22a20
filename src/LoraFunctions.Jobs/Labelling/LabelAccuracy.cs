namespace LoraFunctions.Jobs.Labelling;

/// <summary>How right a group's labels are, where a person has said what is true.</summary>
/// <param name="Silent">Answers that were kept back.</param>
/// <param name="CalibrationError">Expected calibration error over ten bins of probability (Guo et al. 2017): by how much the probabilities are off, 0 to 1.</param>
/// <param name="Temperature">What the group's temperature should be, by likelihood; null with fewer than <see cref="LeastToFit"/> photos.</param>
public sealed record LabelAccuracy(string Group, int Right, int Wrong, int Silent, double CalibrationError, double? Temperature)
{
    /// <summary>Fewer say nothing about how far probabilities can be trusted.</summary>
    public const int LeastToFit = 200;

    private const int Bins = 10;

    /// <param name="truth">Captions by the photos' names; other photos do not count.</param>
    public static IReadOnlyList<LabelAccuracy> Of(LabelTable table, IEnumerable<LabelledPhoto> photos, IReadOnlyDictionary<string, string> truth)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(photos);
        ArgumentNullException.ThrowIfNull(truth);
        var known = photos.Where(photo => truth.ContainsKey(photo.FileName)).Select(photo => (photo.Labels, Answers: table.AnswersOf(truth[photo.FileName]))).ToArray();
        return [.. table.Groups.Select((group, at) => Of(group, [.. known.Where(photo => photo.Answers[at] is not null).Select(photo => (photo.Labels[at], photo.Answers[at]!.Value))]))];
    }

    private static LabelAccuracy Of(LabelGroup group, (AssignedLabel Label, int Truth)[] answers)
    {
        var said = answers.Select(answer => (answer.Label, IsRight: Best(answer.Label) == answer.Truth)).ToArray();
        var off = said.GroupBy(answer => Math.Min(Bins - 1, (int)(answer.Label.Probability * Bins)))
            .Sum(bin => Math.Abs(bin.Average(answer => answer.Label.Probability) - bin.Average(answer => answer.IsRight ? 1.0 : 0.0)) * bin.Count() / said.Length);
        return new LabelAccuracy(
            group.Name,
            said.Count(answer => answer.Label.Word is not null && answer.IsRight),
            said.Count(answer => answer.Label.Word is not null && !answer.IsRight),
            said.Count(answer => answer.Label.Word is null),
            off,
            answers.Length < LeastToFit ? null : Fitted(group, answers));
    }

    // Of the powers of 1.05 the likeliest: nobody needs it closer.
    private static double Fitted(LabelGroup group, (AssignedLabel Label, int Truth)[] answers)
    {
        var factor = Enumerable.Range(-60, 121).Select(power => Math.Pow(1.05, power)).MinBy(factor => answers.Sum(answer => Loss(answer.Label, answer.Truth, factor)));
        return Math.Round(group.Temperature * factor, 3);
    }

    private static double Loss(AssignedLabel label, int truth, double factor)
    {
        double[] logits = [.. label.Scores.Select(score => Math.Log(Math.Max(score.Probability, 1e-7)) / factor)];
        var highest = logits.Max();
        return highest + Math.Log(logits.Sum(logit => Math.Exp(logit - highest))) - logits[truth];
    }

    private static int Best(AssignedLabel label) => label.Scores.Index().MaxBy(score => score.Item.Probability).Index;
}
