using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Sampling;

/// <summary>
/// Pseudo linear multistep, PNDM without its Runge-Kutta start (Liu et al. 2022, eq. 9 and 12); called PLMS by CompVis and WebUI.
/// The first step calls the network twice. Timesteps are spaced as <see cref="TimestepSpacing.Leading"/>.
/// </summary>
public sealed class PndmSampler : AlphaSampler
{
    private const int Order = 4;

    public int Offset { get; init; } = 1;

    /// <summary>The last step ends without noise (a = 1) instead of at the first trained level.</summary>
    public bool FinalAlphaIsOne { get; init; }

    private protected override AlphaPlan CreatePlan(NoiseSchedule schedule, int steps) => AlphaPlan.Create(
        schedule,
        Timesteps.Of(TimestepSpacing.Leading, schedule.TrainTimesteps, steps, Offset, round: true),
        stride: schedule.TrainTimesteps / steps,
        finalAlpha: FinalAlphaIsOne ? 1 : schedule.AlphasCumprod[0]);

    private protected override Tensor Step(AlphaPlan plan, int step, Tensor x, StepContext context)
    {
        var (alpha, next) = (plan.Alphas[step], plan.NextAlphas[step]);
        var (model, old) = (context.Model, context.History);
        var latest = model.OutputAtAlpha(x, alpha, plan.Timesteps[step]);
        old.Push(latest, Order);
        if (old.Count == 1 && plan.Steps > 1)
        {
            var trial = Transfer(x, model.NoiseOf(latest, x, alpha), alpha, next);
            var ahead = model.OutputAtAlpha(trial, plan.Alphas[step + 1], plan.Timesteps[step + 1]);
            return Transfer(x, model.NoiseOf((latest + ahead) / 2, x, alpha), alpha, next);
        }

        var output = old.Count switch
        {
            1 => latest,
            2 => (3 * old[0] - old[1]) / 2,
            3 => (23 * old[0] - 16 * old[1] + 5 * old[2]) / 12,
            _ => (55 * old[0] - 59 * old[1] + 37 * old[2] - 9 * old[3]) / 24,
        };
        return Transfer(x, model.NoiseOf(output, x, alpha), alpha, next);
    }

    private static Tensor Transfer(Tensor x, Tensor noise, double alpha, double next)
    {
        var weight = (next - alpha) / (alpha * Math.Sqrt(1 - next) + Math.Sqrt(alpha * (1 - alpha) * next));
        return Math.Sqrt(next / alpha) * x - weight * noise;
    }
}
