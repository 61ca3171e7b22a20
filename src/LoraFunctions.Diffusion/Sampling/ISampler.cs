using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Sampling;

/// <summary>
/// Solves the reverse diffusion. Holds settings only: a step's result depends on nothing but its arguments, so one instance serves any
/// number of runs.
/// </summary>
public interface ISampler
{
    /// <summary>The most steps it can plan for this schedule.</summary>
    int MaximumSteps(NoiseSchedule schedule);

    /// <param name="steps">1 to <see cref="MaximumSteps"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">Steps outside that range.</exception>
    SamplingPlan Plan(NoiseSchedule schedule, int steps);

    /// <summary>Latents [B, 4, H/8, W/8] after a step, owned by the caller's dispose scope.</summary>
    /// <param name="plan">This sampler's own, or the rest of it.</param>
    Tensor Step(SamplingPlan plan, int step, Tensor latents, StepContext context);
}
