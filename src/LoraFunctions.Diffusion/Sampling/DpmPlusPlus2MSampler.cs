using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Sampling;

/// <summary>
/// DPM-Solver++(2M) (Lu et al. 2022): multistep of order 2 in log sigma, on x0. On a <see cref="KDiffusionGrid"/> it is k-diffusion's,
/// WebUI's "DPM++ 2M"; on a <see cref="SolverGrid"/> it is diffusers', whose timesteps are rounded. Both are the same solver in another
/// scaling.
/// </summary>
public sealed class DpmPlusPlus2MSampler(ISigmaGrid grid) : SigmaSampler(grid)
{
    private const int FewSteps = 15;

    /// <summary>
    /// diffusers' <c>lower_order_final</c>: a run of fewer than 15 steps ends with a step of order 1 even when the last level is not 0.
    /// </summary>
    public bool LowerOrderFinal { get; init; }

    private protected override Tensor Step(SigmaPlan plan, int step, Tensor x, StepContext context)
    {
        var (sigma, next) = (plan.Sigmas[step], plan.Sigmas[step + 1]);
        var clean = Clean(plan, step, x, context);
        var old = context.History;
        old.Push(clean, 2);
        var last = step == plan.Steps - 1;
        if (old.Count > 1 && next > 0 && !(last && LowerOrderFinal && plan.Steps < FewSteps))
        {
            var ratio = Math.Log(plan.Sigmas[step - 1] / sigma) / Math.Log(sigma / next);
            clean = (1 + 1 / (2 * ratio)) * clean - 1 / (2 * ratio) * old[1];
        }

        // With unit variance everything is multiplied by alpha = 1 / sqrt(sigma^2 + 1) of its own level.
        var (alpha, alphaNext) = plan.VariancePreserving ? (Signal(sigma), Signal(next)) : (1, 1);
        return next / sigma * (alphaNext / alpha) * x + alphaNext * (1 - next / sigma) * clean;
    }

    private static Tensor Clean(SigmaPlan plan, int step, Tensor x, StepContext context)
    {
        var sigma = plan.Sigmas[step];
        return plan.VariancePreserving
            ? context.Model.CleanAtAlpha(x, 1 / (sigma * sigma + 1), plan.Timesteps[step]).Clean
            : CleanAt(plan, step, x, context);
    }

    private static double Signal(double sigma) => 1 / Math.Sqrt(sigma * sigma + 1);
}
