using LoraFunctions.Diffusion.Models;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Sampling;

/// <summary>Runs a sampler's plan from its first step to its last.</summary>
public sealed record SamplingRun
{
    public required ISampler Sampler { get; init; }

    public required SamplingPlan Plan { get; init; }

    public required NoisePredictor Model { get; init; }

    public required INoiseSource Noise { get; init; }

    public PredictionType Prediction { get; init; } = PredictionType.Epsilon;

    /// <summary>Called after each step with the steps done.</summary>
    public Action<int>? StepDone { get; init; }

    internal Action<ModelCall>? Observer { get; init; }

    /// <summary>
    /// Latents [B, 4, H/8, W/8] at the plan's first noise level in, clean latents out, owned by the caller's dispose scope.
    /// The input is left alone. No gradients are recorded.
    /// </summary>
    /// <exception cref="NonFiniteException">The latents became NaN or infinite.</exception>
    /// <exception cref="OperationCanceledException">Cancelled between two steps; everything but the input is freed.</exception>
    public Tensor Execute(Tensor latents, CancellationToken cancellationToken = default)
    {
        using var noGradients = no_grad();
        using var history = new StepHistory();
        using var outer = NewDisposeScope();
        var denoiser = new Denoiser(Model, Prediction, Observer);
        var context = new StepContext(denoiser, Noise, history);
        var x = latents.alias();
        for (var step = 0; step < Plan.Steps; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            denoiser.BeginStep(step);
            var next = Sampler.Step(Plan, step, x, context);
            x.Dispose();
            x = next;
            ThrowIfNotFinite(x, step);
            StepDone?.Invoke(step + 1);
        }

        return x.MoveToOuterDisposeScope();
    }

    private void ThrowIfNotFinite(Tensor x, int step)
    {
        using var scope = NewDisposeScope();
        if (!x.isfinite().all().item<bool>())
        {
            throw new NonFiniteException($"After step {step + 1} of {Plan.Steps} the latents hold");
        }
    }
}
