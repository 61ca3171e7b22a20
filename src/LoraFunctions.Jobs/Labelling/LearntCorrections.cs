namespace LoraFunctions.Jobs.Labelling;

/// <summary>A photo whose labels a person has said.</summary>
/// <param name="Embedding">CLIP's, of length 1.</param>
/// <param name="Answers">The candidate's index a group of the table; null where the person's words do not say.</param>
internal sealed record CorrectedPhoto(float[] Embedding, IReadOnlyList<int?> Answers);

/// <summary>
/// A cache of corrected photos that later ones are compared with (Zhang et al. 2022, "Tip-Adapter", without its training): a candidate's logit
/// gains strength x exp(-sharpness (1 - cosine)) for every corrected photo that has this answer. Both numbers are chosen a group by asking every
/// corrected photo as if it were not in the cache. Where CLIP's picture of a photo does not tell the answers apart, that makes hardly fewer errors,
/// and nothing is changed.
/// </summary>
internal sealed class LearntCorrections
{
    // Tip-Adapter's own, where there are too few corrections to choose by.
    private const double DefaultStrength = 1;
    private const double DefaultSharpness = 5.5;
    private const int LeastToChoose = 8;

    // The best of so many trials looks better than it is. Errors scatter by their root: fewer gone than this many times that are chance.
    private const double LeastGain = 2.5;

    private static readonly double[] Strengths = [1, 4, 16, 64];
    private static readonly double[] Sharpnesses = [2, 5.5, 20, 60];

    private readonly IReadOnlyList<CorrectedPhoto> _cache;

    private LearntCorrections(IReadOnlyList<CorrectedPhoto> cache, IReadOnlyList<LearntGroup> groups) => (_cache, Groups) = (cache, groups);

    /// <summary>One a group of the table.</summary>
    public IReadOnlyList<LearntGroup> Groups { get; }

    /// <param name="logits">What CLIP alone says of an embedding: one row a group.</param>
    public static LearntCorrections Of(LabelTable table, IReadOnlyList<CorrectedPhoto> cache, Func<float[], IReadOnlyList<float[]>> logits)
    {
        float[][][] alone = [.. cache.Select(photo => logits(photo.Embedding).ToArray())];
        double[,] cosines = new double[cache.Count, cache.Count];
        for (var i = 0; i < cache.Count; i++)
        {
            for (var j = 0; j < i; j++)
            {
                cosines[i, j] = cosines[j, i] = Dot(cache[i].Embedding, cache[j].Embedding);
            }
        }

        return new LearntCorrections(cache, [.. table.Groups.Select((group, at) => Choose(group.Name, at, cache, alone, cosines))]);
    }

    /// <summary>The logits of a photo that nobody has corrected, with what was learnt.</summary>
    public float[] Corrected(int group, float[] embedding, float[] logits)
    {
        var learnt = Groups[group];
        if (learnt.Strength == 0)
        {
            return logits;
        }

        var corrected = (float[])logits.Clone();
        foreach (var photo in _cache.Where(photo => photo.Answers[group] is not null))
        {
            corrected[photo.Answers[group]!.Value] += (float)Gain(learnt.Strength, learnt.Sharpness, Dot(embedding, photo.Embedding));
        }

        return corrected;
    }

    private static LearntGroup Choose(string name, int group, IReadOnlyList<CorrectedPhoto> cache, float[][][] alone, double[,] cosines)
    {
        int[] there = [.. Enumerable.Range(0, cache.Count).Where(i => cache[i].Answers[group] is not null)];
        var before = Trial(0, 1);
        if (there.Length < LeastToChoose)
        {
            return new LearntGroup(name, there.Length, before.Errors, Trial(DefaultStrength, DefaultSharpness).Errors)
            {
                Strength = there.Length == 0 ? 0 : DefaultStrength,
                Sharpness = DefaultSharpness,
            };
        }

        var (strength, sharpness, best) = Strengths.SelectMany(strength => Sharpnesses.Select(sharpness => (strength, sharpness, Trial: Trial(strength, sharpness))))
            .OrderBy(trial => trial.Trial.Errors).ThenBy(trial => trial.Trial.Loss).First();
        return before.Errors - best.Errors >= LeastGain * Math.Sqrt(before.Errors) && before.Errors > 0
            ? new LearntGroup(name, there.Length, before.Errors, best.Errors) { Strength = strength, Sharpness = sharpness }
            : new LearntGroup(name, there.Length, before.Errors, before.Errors);

        // Each as if it had not been corrected itself.
        (int Errors, double Loss) Trial(double strength, double sharpness)
        {
            var (errors, loss) = (0, 0.0);
            foreach (var i in there)
            {
                double[] logits = [.. alone[i][group].Select(logit => (double)logit)];
                foreach (var j in there.Where(j => strength > 0 && j != i))
                {
                    logits[cache[j].Answers[group]!.Value] += Gain(strength, sharpness, cosines[i, j]);
                }

                var answer = cache[i].Answers[group]!.Value;
                var highest = logits.Max();
                errors += Array.IndexOf(logits, highest) == answer ? 0 : 1;
                loss += highest + Math.Log(logits.Sum(logit => Math.Exp(logit - highest))) - logits[answer];
            }

            return (errors, loss);
        }
    }

    private static double Gain(double strength, double sharpness, double cosine) => strength * Math.Exp(-sharpness * (1 - cosine));

    internal static double Dot(float[] a, float[] b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++)
        {
            sum += (double)a[i] * b[i];
        }

        return sum;
    }
}
