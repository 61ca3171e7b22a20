using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Sampling;

/// <summary>A sampler that works in a = alphas_cumprod at trained timesteps.</summary>
public abstract class AlphaSampler : ISampler
{
    public virtual int MaximumSteps(NoiseSchedule schedule) => schedule.TrainTimesteps;

    public SamplingPlan Plan(NoiseSchedule schedule, int steps)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(steps, MaximumSteps(schedule));
        return CreatePlan(schedule, steps);
    }

    public Tensor Step(SamplingPlan plan, int step, Tensor latents, StepContext context)
    {
        using var scope = NewDisposeScope();
        return Step((AlphaPlan)plan, step, latents, context).MoveToOuterDisposeScope();
    }

    private protected abstract AlphaPlan CreatePlan(NoiseSchedule schedule, int steps);

    /// <summary>Runs inside a dispose scope of its own.</summary>
    private protected abstract Tensor Step(AlphaPlan plan, int step, Tensor x, StepContext context);
}
