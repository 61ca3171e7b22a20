using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Sampling;

/// <summary>
/// Ancestral DPM-Solver++(2S) (k-diffusion). Two model calls and one draw of noise a step; one call and none where the next level is 0.
/// </summary>
public sealed class DpmPlusPlus2SAncestralSampler(ISigmaGrid grid) : SigmaSampler(grid)
{
    private protected override Tensor Step(SigmaPlan plan, int step, Tensor x, StepContext context)
    {
        var (sigma, next) = (plan.Sigmas[step], plan.Sigmas[step + 1]);
        var (down, up) = Ancestral(sigma, next);
        var clean = CleanAt(plan, step, x, context);
        if (down == 0)
        {
            return clean;
        }

        var middle = Math.Sqrt(sigma * down);
        var trial = middle / sigma * x + (1 - middle / sigma) * clean;
        var cleanInside = context.Model.CleanAtSigma(trial, middle, plan.TimestepOf(middle));
        var result = down / sigma * x + (1 - down / sigma) * cleanInside;
        return next > 0 ? result + up * context.Noise.Next(x) : result;
    }
}
