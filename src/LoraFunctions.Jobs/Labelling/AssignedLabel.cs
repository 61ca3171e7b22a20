namespace LoraFunctions.Jobs.Labelling;

/// <summary>What CLIP says about one photo in one group.</summary>
/// <param name="Group">Name in the label table, e.g. <c>view</c>.</param>
/// <param name="Word">
/// The best candidate, e.g. <c>side view</c>; null when the best stays below the group's threshold or margin.
/// </param>
/// <param name="Probability">The best candidate's share of the group's softmax, 0 to 1.</param>
/// <param name="Margin">Its lead over the second, 0 to 1.</param>
public sealed record AssignedLabel(string Group, string? Word, double Probability, double Margin)
{
    /// <summary>All candidates, in the order of the table.</summary>
    public IReadOnlyList<LabelScore> Scores { get; init; } = [];

    /// <summary>Chooses among the candidates of a group by their logits (logit scale times cosine similarity).</summary>
    public static AssignedLabel From(LabelGroup group, ReadOnlySpan<float> logits)
    {
        if (logits.Length != group.Candidates.Count)
        {
            throw new ArgumentException(
                $"{logits.Length} logits for the {group.Candidates.Count} candidates of '{group.Name}'.",
                nameof(logits));
        }

        var highest = double.NegativeInfinity;
        foreach (var logit in logits)
        {
            highest = Math.Max(highest, logit / group.Temperature);
        }

        var scores = new LabelScore[logits.Length];
        var sum = 0.0;
        foreach (var logit in logits)
        {
            sum += Math.Exp((logit / group.Temperature) - highest);
        }

        for (var i = 0; i < scores.Length; i++)
        {
            scores[i] = new LabelScore(group.Candidates[i].Word, Math.Round(Math.Exp((logits[i] / group.Temperature) - highest) / sum, digits: 6));
        }

        // Of equals the first in the table.
        var ordered = scores.OrderByDescending(s => s.Probability).ToArray();
        var best = ordered[0];
        var margin = Math.Round(best.Probability - ordered[1].Probability, digits: 6);
        return new AssignedLabel(
            group.Name,
            best.Probability < group.Threshold || margin < group.Margin ? null : best.Word,
            best.Probability,
            margin)
        {
            Scores = scores,
        };
    }
}
