using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Sampling;

/// <summary>DDIM (Song et al. 2020, eq. 12 and 16). With <see cref="Eta"/> above 0 it draws noise once a step.</summary>
public sealed class DdimSampler : AlphaSampler
{
    /// <summary>0: deterministic; 1: as noisy as DDPM.</summary>
    public double Eta { get; init; }

    public TimestepSpacing Spacing { get; init; } = TimestepSpacing.Leading;

    public int Offset { get; init; } = 1;

    /// <summary>The last step ends without noise (a = 1) instead of at the first trained level.</summary>
    public bool FinalAlphaIsOne { get; init; }

    private protected override AlphaPlan CreatePlan(NoiseSchedule schedule, int steps) => AlphaPlan.Create(
        schedule,
        Timesteps.Of(Spacing, schedule.TrainTimesteps, steps, Offset, round: true),
        stride: schedule.TrainTimesteps / steps,
        finalAlpha: FinalAlphaIsOne ? 1 : schedule.AlphasCumprod[0]);

    private protected override Tensor Step(AlphaPlan plan, int step, Tensor x, StepContext context)
    {
        var (alpha, next) = (plan.Alphas[step], plan.NextAlphas[step]);
        var (clean, noise) = context.Model.CleanAtAlpha(x, alpha, plan.Timesteps[step]);
        var deviation = Eta * Math.Sqrt((1 - next) / (1 - alpha) * (1 - alpha / next));
        var result = Math.Sqrt(next) * clean + Math.Sqrt(1 - next - deviation * deviation) * noise;
        return Eta > 0 ? result + deviation * context.Noise.Next(x) : result;
    }
}
