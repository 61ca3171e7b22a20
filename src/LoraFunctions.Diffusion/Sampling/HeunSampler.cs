using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Sampling;

/// <summary>Heun steps (Karras et al. 2022, algorithm 2 without churn): two model calls a step, one where the next level is 0.</summary>
public sealed class HeunSampler(ISigmaGrid grid) : SigmaSampler(grid)
{
    private protected override Tensor Step(SigmaPlan plan, int step, Tensor x, StepContext context)
    {
        var (sigma, next) = (plan.Sigmas[step], plan.Sigmas[step + 1]);
        var slope = (x - CleanAt(plan, step, x, context)) / sigma;
        var trial = x + slope * (next - sigma);
        if (next == 0)
        {
            return trial;
        }

        var timestep = step + 1 < plan.Steps ? plan.Timesteps[step + 1] : plan.TimestepOf(next);
        var ahead = (trial - context.Model.CleanAtSigma(trial, next, timestep)) / next;
        return x + (slope + ahead) / 2 * (next - sigma);
    }
}
