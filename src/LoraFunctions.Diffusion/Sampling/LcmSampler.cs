using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Sampling;

/// <summary>
/// Multistep sampling of latent consistency models (Luo et al. 2023), for models or LoRAs distilled for it.
/// Draws noise after each step but the last.
/// </summary>
public sealed class LcmSampler : AlphaSampler
{
    /// <summary>sigma_data of the boundary condition.</summary>
    private const double DataDeviation = 0.5;

    /// <summary>How many timesteps the model was distilled at; no more steps than these.</summary>
    public int DistilledTimesteps { get; init; } = 50;

    public double TimestepScale { get; init; } = 10;

    public override int MaximumSteps(NoiseSchedule schedule) => DistilledTimesteps;

    private protected override AlphaPlan CreatePlan(NoiseSchedule schedule, int steps)
    {
        var timesteps = Timesteps.Consistency(schedule.TrainTimesteps, steps, DistilledTimesteps);
        var plan = AlphaPlan.Create(schedule, timesteps, stride: 0, finalAlpha: 1);
        return plan with { NextAlphas = [.. plan.Alphas.Skip(1), plan.Alphas[^1]] };
    }

    private protected override Tensor Step(AlphaPlan plan, int step, Tensor x, StepContext context)
    {
        var (clean, _) = context.Model.CleanAtAlpha(x, plan.Alphas[step], plan.Timesteps[step]);
        var scaled = plan.Timesteps[step] * TimestepScale;
        var spread = scaled * scaled + DataDeviation * DataDeviation;
        var denoised = scaled / Math.Sqrt(spread) * clean + DataDeviation * DataDeviation / spread * x;
        if (step == plan.Steps - 1)
        {
            return denoised;
        }

        var next = plan.NextAlphas[step];
        return Math.Sqrt(next) * denoised + Math.Sqrt(1 - next) * context.Noise.Next(x);
    }
}
