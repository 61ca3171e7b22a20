using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Sampling;

/// <summary>
/// UniPC on x0 (Zhao et al. 2023, B(h) = e^h - 1, diffusers' <c>bh2</c>): each model call first corrects the latents it was made for, then
/// predicts the next. One model call a step; the last step is of order 1.
/// </summary>
public sealed class UniPcSampler(ISigmaGrid grid) : SigmaSampler(grid)
{
    public int Order { get; init; } = 2;

    // History holds, from the latest: corrected latents of step i - 1, x0 of step i - 1, corrected latents of step i - 2, ...
    private protected override Tensor Step(SigmaPlan plan, int step, Tensor x, StepContext context)
    {
        var sigma = plan.Sigmas[step];
        var clean = context.Model.CleanAtAlpha(x, 1 / (sigma * sigma + 1), plan.Timesteps[step]).Clean;
        var history = context.History;
        if (step > 0)
        {
            var cleans = Cleans(history);
            x = Advance(plan, step - 1, history[0], cleans, clean, OrderOf(plan, step - 1));
        }

        history.Push(clean, 2 * Order);
        history.Push(x.alias(), 2 * Order);
        return Advance(plan, step, x, Cleans(history), target: null, OrderOf(plan, step));
    }

    private int OrderOf(SigmaPlan plan, int step) => Math.Min(Math.Min(Order, plan.Steps - step), step + 1);

    private static Tensor[] Cleans(StepHistory history) => [.. Enumerable.Range(0, history.Count / 2).Select(i => history[2 * i + 1])];

    /// <summary>
    /// From the level of <paramref name="step"/> to the next, by the x0 of this and earlier levels (the latest first) and, for the
    /// corrector, the x0 already known at the target.
    /// </summary>
    private Tensor Advance(SigmaPlan plan, int step, Tensor x, Tensor[] cleans, Tensor? target, int order)
    {
        var (sigma, next) = (plan.Sigmas[step], plan.Sigmas[step + 1]);
        var (alpha, alphaNext) = (1 / Math.Sqrt(sigma * sigma + 1), 1 / Math.Sqrt(next * next + 1));
        var h = Math.Log(sigma / next);
        var growth = next / sigma - 1;
        var result = next / sigma * (alphaNext / alpha) * x - alphaNext * growth * cleans[0];

        var ratios = new double[order];
        for (var age = 1; age < order; age++)
        {
            ratios[age - 1] = Math.Log(sigma / plan.Sigmas[step - age]) / h;
        }

        ratios[order - 1] = 1;
        var unknowns = target is null ? order - 1 : order;
        var weights = unknowns switch
        {
            0 => [],
            // The paper's simplified second order, for predictor and corrector alike.
            1 => [0.5],
            _ => Solve(ratios, h, growth, unknowns),
        };
        for (var i = 0; i < unknowns; i++)
        {
            var difference = i == order - 1 ? target! - cleans[0] : (cleans[i + 1] - cleans[0]) / ratios[i];
            result -= alphaNext * growth * weights[i] * difference;
        }

        return result;
    }

    /// <summary>Weights that match the Taylor series: sum over k of weights[k] ratios[k]^i = i! phi_(i+1)(-h) h^i / B(h).</summary>
    private static double[] Solve(double[] ratios, double h, double growth, int unknowns)
    {
        var matrix = new double[unknowns, unknowns + 1];
        var phi = growth / -h - 1;
        var factorial = 1.0;
        for (var row = 0; row < unknowns; row++)
        {
            for (var column = 0; column < unknowns; column++)
            {
                matrix[row, column] = Math.Pow(ratios[column], row);
            }

            matrix[row, unknowns] = phi * factorial / growth;
            factorial *= row + 2;
            phi = phi / -h - 1 / factorial;
        }

        for (var pivot = 0; pivot < unknowns; pivot++)
        {
            for (var row = 0; row < unknowns; row++)
            {
                if (row == pivot)
                {
                    continue;
                }

                var factor = matrix[row, pivot] / matrix[pivot, pivot];
                for (var column = pivot; column <= unknowns; column++)
                {
                    matrix[row, column] -= factor * matrix[pivot, column];
                }
            }
        }

        return [.. Enumerable.Range(0, unknowns).Select(i => matrix[i, unknowns] / matrix[i, i])];
    }
}
