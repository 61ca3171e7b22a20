using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Sampling;

/// <summary>Euler steps (Karras et al. 2022, algorithm 2 without churn).</summary>
public sealed class EulerSampler(ISigmaGrid grid) : SigmaSampler(grid)
{
    private protected override Tensor Step(SigmaPlan plan, int step, Tensor x, StepContext context)
    {
        var (sigma, next) = (plan.Sigmas[step], plan.Sigmas[step + 1]);
        var slope = (x - CleanAt(plan, step, x, context)) / sigma;
        return x + slope * (next - sigma);
    }
}
