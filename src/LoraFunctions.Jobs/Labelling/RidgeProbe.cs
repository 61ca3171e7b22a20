namespace LoraFunctions.Jobs.Labelling;

/// <summary>
/// Ridge regression of answers (1 for the right one, 0 for the others) on embeddings, both less their means: a score says which way an embedding
/// departs from the mean of those that were learnt from, and nothing of how often an answer was among them. Persons correct what is wrong, so
/// that the answers they give are no sample of all. In plain loops: the same bits on every run, whatever the number of threads.
/// </summary>
internal sealed class RidgeProbe
{
    /// <summary>A ridge even where all embeddings are one.</summary>
    private const double Least = 1e-9;

    private readonly double[] _mean;
    private readonly double[][] _weights;

    private RidgeProbe(double[] mean, double[][] weights, IReadOnlyList<double[]> leftOut) => (_mean, _weights, LeftOut) = (mean, weights, leftOut);

    /// <summary>The scores of each embedding that was learnt from, as they would be without it (its leverage takes it out again).</summary>
    public IReadOnlyList<double[]> LeftOut { get; }

    /// <param name="answers">The right answer's index for each embedding, two or more.</param>
    /// <param name="count">How many answers there are.</param>
    /// <param name="ridge">Added to the scatter of each direction, as a part of their mean; more than 0.</param>
    public static RidgeProbe Of(IReadOnlyList<float[]> embeddings, IReadOnlyList<int> answers, int count, double ridge)
    {
        var given = embeddings.Count;
        double[] mean = [.. Sum([.. embeddings.Select(e => Array.ConvertAll(e, value => (double)value))]).Select(sum => sum / given)];
        double[][] rows = [.. embeddings.Select(embedding => Centred(embedding, mean))];
        var factor = Cholesky(rows, ridge);
        double[] shares = [.. Enumerable.Range(0, count).Select(answer => (double)answers.Count(a => a == answer) / given)];

        // The rows sum to zero: the answers' own mean needs not be taken away.
        double[][] weights = [.. shares.Select((share, answer) => share == 0 ? new double[mean.Length] : Solved(factor, Sum([.. rows.Where((_, i) => answers[i] == answer)])))];
        return new RidgeProbe(mean, weights, [.. rows.Select(LeftOutAt)]);

        double[] LeftOutAt(double[] row, int i)
        {
            var leverage = (1.0 / given) + Forward(factor, row).Sum(value => value * value);
            return
            [
                .. weights.Select((weight, answer) =>
                {
                    var truth = answers[i] == answer ? 1 : 0;
                    var predicted = (shares[answer] + Dot(weight, row, row.Length) - (leverage * truth)) / (1 - leverage);
                    return predicted - (((given * shares[answer]) - truth) / (given - 1));
                }),
            ];
        }
    }

    public double[] ScoresOf(float[] embedding)
    {
        var row = Centred(embedding, _mean);
        return [.. _weights.Select(weight => Dot(weight, row, row.Length))];
    }

    private static double[] Centred(float[] embedding, double[] mean) => [.. embedding.Select((value, i) => value - mean[i])];

    /// <summary>The lower triangle whose square is the rows' scatter with the ridge.</summary>
    private static double[][] Cholesky(double[][] rows, double ridge)
    {
        var side = rows[0].Length;
        double[][] factor = [.. Enumerable.Range(0, side).Select(i => new double[i + 1])];
        foreach (var row in rows)
        {
            for (var i = 0; i < side; i++)
            {
                for (var j = 0; j <= i; j++)
                {
                    factor[i][j] += row[i] * row[j];
                }
            }
        }

        var added = (ridge * Enumerable.Range(0, side).Average(i => factor[i][i])) + Least;
        for (var i = 0; i < side; i++)
        {
            factor[i][i] += added;
            for (var j = 0; j <= i; j++)
            {
                var rest = factor[i][j] - Dot(factor[i], factor[j], j);
                factor[i][j] = i == j ? Math.Sqrt(rest) : rest / factor[j][j];
            }
        }

        return factor;
    }

    private static double[] Forward(double[][] factor, double[] right)
    {
        var solved = new double[right.Length];
        for (var i = 0; i < right.Length; i++)
        {
            solved[i] = (right[i] - Dot(factor[i], solved, i)) / factor[i][i];
        }

        return solved;
    }

    private static double[] Solved(double[][] factor, double[] right)
    {
        var solved = Forward(factor, right);
        for (var i = solved.Length - 1; i >= 0; i--)
        {
            solved[i] /= factor[i][i];
            for (var j = 0; j < i; j++)
            {
                solved[j] -= factor[i][j] * solved[i];
            }
        }

        return solved;
    }

    private static double[] Sum(double[][] rows)
    {
        var sum = new double[rows[0].Length];
        foreach (var row in rows)
        {
            for (var i = 0; i < sum.Length; i++)
            {
                sum[i] += row[i];
            }
        }

        return sum;
    }

    private static double Dot(double[] a, double[] b, int length)
    {
        var sum = 0.0;
        for (var i = 0; i < length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }
}
