namespace LoraFunctions.Jobs.Labelling;

/// <summary>A photo whose labels a person has said.</summary>
/// <param name="Embedding">CLIP's, of length 1.</param>
/// <param name="Answers">The candidate's index a group of the table; null where the person's words do not say.</param>
internal sealed record CorrectedPhoto(float[] Embedding, IReadOnlyList<int?> Answers);

/// <summary>
/// What CLIP's picture of a photo says of the answers that persons gave: a linear probe a group, by ridge regression (Hoerl and Kennard 1970), whose
/// scores are added to what CLIP says by its sentences (as few-shot probes of CLIP do: Huang et al. 2024, "LP++"). Ridge and strength are chosen a
/// group by asking every corrected photo as if it had not been corrected. Where the picture does not tell the answers apart, that makes hardly
/// fewer errors, and nothing is changed.
/// </summary>
internal sealed class LearntCorrections
{
    private const int LeastToChoose = 8;

    // The best of so many trials looks better than it is. Errors scatter by their root: fewer gone than this many times that are chance.
    private const double LeastGain = 2.5;

    private static readonly double[] Strengths = [4, 16, 64, 256];

    // Parts of the mean variance of a direction.
    private static readonly double[] Ridges = [0.01, 0.1, 1, 10];

    private readonly IReadOnlyList<RidgeProbe?> _probes;

    private LearntCorrections(IEnumerable<(LearntGroup Group, RidgeProbe? Probe)> learnt)
    {
        (LearntGroup Group, RidgeProbe? Probe)[] all = [.. learnt];
        (Groups, _probes) = ([.. all.Select(one => one.Group)], [.. all.Select(one => one.Probe)]);
    }

    /// <summary>One a group of the table.</summary>
    public IReadOnlyList<LearntGroup> Groups { get; }

    /// <param name="logits">What CLIP alone says of an embedding: one row a group.</param>
    public static LearntCorrections Of(LabelTable table, IReadOnlyList<CorrectedPhoto> corrected, Func<float[], IReadOnlyList<float[]>> logits)
    {
        IReadOnlyList<float[]>[] alone = [.. corrected.Select(photo => logits(photo.Embedding))];
        return new LearntCorrections(table.Groups.Select((group, at) =>
        {
            int[] there = [.. Enumerable.Range(0, corrected.Count).Where(i => corrected[i].Answers[at] is not null)];
            return Choose(group.Name, [.. there.Select(i => corrected[i].Embedding)], [.. there.Select(i => corrected[i].Answers[at]!.Value)], [.. there.Select(i => alone[i][at])]);
        }));
    }

    /// <summary>The logits of a photo that nobody has corrected, with what was learnt.</summary>
    public float[] Corrected(int group, float[] embedding, float[] logits) =>
        _probes[group] is { } probe ? [.. With(logits, probe.ScoresOf(embedding), Groups[group].Strength).Select(logit => (float)logit)] : logits;

    private static (LearntGroup, RidgeProbe?) Choose(string name, float[][] embeddings, int[] answers, float[][] logits)
    {
        var before = Trial(scores: null, 0).Errors;
        var unchanged = new LearntGroup(name, answers.Length, before, before);
        if (answers.Length < LeastToChoose || before == 0)
        {
            return (unchanged, null);
        }

        var (probe, strength, best) = Ridges.Select(ridge => RidgeProbe.Of(embeddings, answers, logits[0].Length, ridge))
            .SelectMany(probe => Strengths.Select(strength => (probe, strength, Trial: Trial(probe.LeftOut, strength))))
            .OrderBy(trial => trial.Trial.Errors).ThenBy(trial => trial.Trial.Loss).First();
        return before - best.Errors >= LeastGain * Math.Sqrt(before) ? (unchanged with { ErrorsAfter = best.Errors, Strength = strength }, probe) : (unchanged, null);

        // Each as if it had not been corrected itself.
        (int Errors, double Loss) Trial(IReadOnlyList<double[]>? scores, double strength)
        {
            var (errors, loss) = (0, 0.0);
            for (var i = 0; i < answers.Length; i++)
            {
                var with = With(logits[i], scores?[i], strength);
                var highest = with.Max();
                errors += Array.IndexOf(with, highest) == answers[i] ? 0 : 1;
                loss += highest + Math.Log(with.Sum(logit => Math.Exp(logit - highest))) - with[answers[i]];
            }

            return (errors, loss);
        }
    }

    private static double[] With(float[] logits, double[]? scores, double strength) => [.. logits.Select((logit, k) => logit + (scores is null ? 0 : strength * scores[k]))];
}
