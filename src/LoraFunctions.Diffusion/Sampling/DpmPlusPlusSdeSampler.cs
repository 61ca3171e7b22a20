using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Sampling;

/// <summary>
/// DPM-Solver++ as a stochastic equation (k-diffusion, eta = 1, r = 1/2). Two model calls and two draws of noise a step, the first before
/// the second call; one call and none where the next level is 0. Draws are independent: no Brownian tree.
/// </summary>
public sealed class DpmPlusPlusSdeSampler(ISigmaGrid grid) : SigmaSampler(grid)
{
    private protected override Tensor Step(SigmaPlan plan, int step, Tensor x, StepContext context)
    {
        var (sigma, next) = (plan.Sigmas[step], plan.Sigmas[step + 1]);
        var clean = CleanAt(plan, step, x, context);
        if (next == 0)
        {
            return clean;
        }

        var middle = Math.Sqrt(sigma * next);
        var trial = Descend(x, clean, sigma, middle, context);
        var cleanInside = context.Model.CleanAtSigma(trial, middle, plan.TimestepOf(middle));
        return Descend(x, cleanInside, sigma, next, context);
    }

    private static Tensor Descend(Tensor x, Tensor clean, double from, double to, StepContext context)
    {
        var (down, up) = Ancestral(from, to);
        return down / from * x + (1 - down / from) * clean + up * context.Noise.Next(x);
    }
}
