using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Sampling;

/// <summary>Ancestral Euler steps (k-diffusion). Draws noise once a step, except where the next level is 0.</summary>
public sealed class EulerAncestralSampler(ISigmaGrid grid) : SigmaSampler(grid)
{
    private protected override Tensor Step(SigmaPlan plan, int step, Tensor x, StepContext context)
    {
        var (sigma, next) = (plan.Sigmas[step], plan.Sigmas[step + 1]);
        var (down, up) = Ancestral(sigma, next);
        var slope = (x - CleanAt(plan, step, x, context)) / sigma;
        var result = x + slope * (down - sigma);
        return next > 0 ? result + up * context.Noise.Next(x) : result;
    }
}
