using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Sampling;

/// <summary>
/// DPM-Solver-2 in k-diffusion's form: the slope half way down in log sigma. Two model calls a step, one where the next level is 0.
/// </summary>
public sealed class Dpm2Sampler(ISigmaGrid grid) : SigmaSampler(grid)
{
    private protected override Tensor Step(SigmaPlan plan, int step, Tensor x, StepContext context)
    {
        var (sigma, next) = (plan.Sigmas[step], plan.Sigmas[step + 1]);
        var slope = (x - CleanAt(plan, step, x, context)) / sigma;
        return Descend(plan, x, slope, sigma, next, context);
    }

    /// <summary>From one level to another by the slope at their geometric mean.</summary>
    internal static Tensor Descend(SigmaPlan plan, Tensor x, Tensor slope, double from, double to, StepContext context)
    {
        if (to == 0)
        {
            return x + slope * (to - from);
        }

        var middle = Math.Sqrt(from * to);
        var trial = x + slope * (middle - from);
        var slopeInside = (trial - context.Model.CleanAtSigma(trial, middle, plan.TimestepOf(middle))) / middle;
        return x + slopeInside * (to - from);
    }
}
