using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Sampling;

/// <summary>
/// DPM-Solver++(2M) as a stochastic equation (k-diffusion, eta = 1, midpoint). One draw of noise a step, none where the next level is 0.
/// Draws are independent: no Brownian tree.
/// </summary>
public sealed class DpmPlusPlus2MSdeSampler(ISigmaGrid grid) : SigmaSampler(grid)
{
    private protected override Tensor Step(SigmaPlan plan, int step, Tensor x, StepContext context)
    {
        var (sigma, next) = (plan.Sigmas[step], plan.Sigmas[step + 1]);
        var clean = CleanAt(plan, step, x, context);
        if (next == 0)
        {
            return clean;
        }

        var old = context.History;
        old.Push(clean, 2);
        var shrink = next / sigma * (next / sigma);
        var weight = 1 - shrink;
        var result = shrink * x + weight * clean;
        if (old.Count > 1)
        {
            var ratio = Math.Log(plan.Sigmas[step - 1] / sigma) / Math.Log(sigma / next);
            result += 0.5 * weight / ratio * (clean - old[1]);
        }

        return result + next * Math.Sqrt(weight) * context.Noise.Next(x);
    }
}
