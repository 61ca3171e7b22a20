using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Sampling;

/// <summary>A sampler that works in sigma, on any grid of noise levels.</summary>
public abstract class SigmaSampler(ISigmaGrid grid) : ISampler
{
    public ISigmaGrid Grid { get; } = grid;

    public int MaximumSteps(NoiseSchedule schedule) => Grid.MaximumSteps(schedule);

    public SamplingPlan Plan(NoiseSchedule schedule, int steps) => Grid.Plan(schedule, steps);

    public Tensor Step(SamplingPlan plan, int step, Tensor latents, StepContext context)
    {
        using var scope = NewDisposeScope();
        return Step((SigmaPlan)plan, step, latents, context).MoveToOuterDisposeScope();
    }

    /// <summary>Runs inside a dispose scope of its own.</summary>
    private protected abstract Tensor Step(SigmaPlan plan, int step, Tensor x, StepContext context);

    /// <summary>x0 at the step's own noise level and timestep, of latents x0 + sigma noise.</summary>
    private protected static Tensor CleanAt(SigmaPlan plan, int step, Tensor x, StepContext context) =>
        context.Model.CleanAtSigma(x, plan.Sigmas[step], plan.Timesteps[step]);

    /// <summary>
    /// An ancestral step aims below the next noise level and makes up for it with fresh noise (k-diffusion, eta = 1).
    /// </summary>
    private protected static (double Down, double Up) Ancestral(double from, double to)
    {
        var up = Math.Min(to, to * Math.Sqrt((from * from - to * to) / (from * from)));

        // sqrt(to^2 - up^2), without the difference of two almost equal squares.
        return (to * to / from, up);
    }
}
