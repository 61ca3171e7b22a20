namespace LoraFunctions.Jobs.Labelling;

/// <summary>
/// Ridge regression of answers (1 for the right one, 0 for the others) on embeddings and a constant. In plain loops: the same bits on every run,
/// whatever the number of threads.
/// </summary>
internal sealed class RidgeProbe
{
    private readonly double[][] _weights;

    private RidgeProbe(double[][] weights, IReadOnlyList<double[]> leftOut) => (_weights, LeftOut) = (weights, leftOut);

    /// <summary>The scores of each embedding that was learnt from, as they would be without it (its leverage takes it out again).</summary>
    public IReadOnlyList<double[]> LeftOut { get; }

    /// <param name="answers">The right answer's index for each embedding.</param>
    /// <param name="count">How many answers there are.</param>
    /// <param name="ridge">Added to the variance of each direction, as a part of their mean; more than 0.</param>
    public static RidgeProbe Of(IReadOnlyList<float[]> embeddings, IReadOnlyList<int> answers, int count, double ridge)
    {
        double[][] rows = [.. embeddings.Select(Row)];
        var factor = Cholesky(rows, ridge);
        double[][] weights = [.. Enumerable.Range(0, count).Select(answer => Solved(factor, Sum(rows.Where((_, i) => answers[i] == answer), factor.Length)))];
        return new RidgeProbe(
            weights,
            [
                .. rows.Select((row, i) =>
                {
                    var leverage = Forward(factor, row).Sum(value => value * value);
                    return (double[])[.. weights.Select((weight, answer) => (Dot(weight, row, row.Length) - (leverage * (answers[i] == answer ? 1 : 0))) / (1 - leverage))];
                }),
            ]);
    }

    public double[] ScoresOf(float[] embedding)
    {
        var row = Row(embedding);
        return [.. _weights.Select(weight => Dot(weight, row, row.Length))];
    }

    private static double[] Row(float[] embedding) => [.. embedding.Select(value => (double)value), 1];

    /// <summary>The lower triangle whose square is the rows' covariance with the ridge.</summary>
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

        var added = ridge * Enumerable.Range(0, side).Average(i => factor[i][i]);
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

    private static double[] Sum(IEnumerable<double[]> rows, int length)
    {
        var sum = new double[length];
        foreach (var row in rows)
        {
            for (var i = 0; i < length; i++)
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
