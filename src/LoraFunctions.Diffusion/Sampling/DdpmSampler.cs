using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Sampling;

/// <summary>Ancestral sampling of DDPM (Ho et al. 2020, eq. 7, small variance). Draws noise once a step, except at timestep 0.</summary>
public sealed class DdpmSampler : AlphaSampler
{
    private const double SmallestVariance = 1e-20;

    public TimestepSpacing Spacing { get; init; } = TimestepSpacing.Leading;

    public int Offset { get; init; } = 1;

    private protected override AlphaPlan CreatePlan(NoiseSchedule schedule, int steps) => AlphaPlan.Create(
        schedule,
        Timesteps.Of(Spacing, schedule.TrainTimesteps, steps, Offset, round: true),
        stride: schedule.TrainTimesteps / steps,
        finalAlpha: 1);

    private protected override Tensor Step(AlphaPlan plan, int step, Tensor x, StepContext context)
    {
        var (alpha, next) = (plan.Alphas[step], plan.NextAlphas[step]);
        var (clean, _) = context.Model.CleanAtAlpha(x, alpha, plan.Timesteps[step]);
        var beta = 1 - alpha / next;
        var mean = Math.Sqrt(next) * beta / (1 - alpha) * clean + Math.Sqrt(alpha / next) * (1 - next) / (1 - alpha) * x;
        if (plan.Timesteps[step] <= 0)
        {
            return mean;
        }

        var variance = Math.Max((1 - next) / (1 - alpha) * beta, SmallestVariance);
        return mean + Math.Sqrt(variance) * context.Noise.Next(x);
    }
}
