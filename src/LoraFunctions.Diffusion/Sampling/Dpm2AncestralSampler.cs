using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Sampling;

/// <summary>
/// Ancestral DPM-Solver-2 (k-diffusion). Two model calls and one draw of noise a step; one call and none where the next level is 0.
/// </summary>
public sealed class Dpm2AncestralSampler(ISigmaGrid grid) : SigmaSampler(grid)
{
    private protected override Tensor Step(SigmaPlan plan, int step, Tensor x, StepContext context)
    {
        var (sigma, next) = (plan.Sigmas[step], plan.Sigmas[step + 1]);
        var (down, up) = Ancestral(sigma, next);
        var slope = (x - CleanAt(plan, step, x, context)) / sigma;
        var result = Dpm2Sampler.Descend(plan, x, slope, sigma, down, context);
        return down > 0 ? result + up * context.Noise.Next(x) : result;
    }
}
