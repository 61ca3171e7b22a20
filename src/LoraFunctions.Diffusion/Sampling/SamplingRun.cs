using LoraFunctions.Diffusion.Models;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Sampling;

/// <summary>
/// The network with its conditioning and guidance: scaled latents [B, 4, H/8, W/8] and a timestep (fractional for some samplers)
/// give noise or velocity of the same shape, owned by the caller's dispose scope.
/// </summary>
internal delegate Tensor NoisePredictor(Tensor latents, double timestep);

/// <summary>Runs a sampler's plan from its first step to its last.</summary>
internal sealed record SamplingRun
{
    public required SamplerStepper Step { get; init; }

    public required SamplingPlan Plan { get; init; }

    public required NoisePredictor Model { get; init; }

    public required INoiseSource Noise { get; init; }

    public PredictionType Prediction { get; init; } = PredictionType.Epsilon;

    /// <summary>Called after each step with the steps done.</summary>
    public Action<int>? StepDone { get; init; }

    public Action<ModelCall>? Observer { get; init; }

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
        var x = latents.alias();
        for (var step = 0; step < Plan.Steps; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var next = Run(step, x, history);
            x.Dispose();
            x = next;
            ThrowIfNotFinite(x, step);
            StepDone?.Invoke(step + 1);
        }

        // A plan that ends above 0 (DDIM, PLMS) ends with latents as the network sees them.
        return (Plan.Steps == 0 || Plan.Sigmas[^1] == 0 ? x : x.Over(Denoiser.InputScale(Plan.Sigmas[^1]))).MoveToOuterDisposeScope();
    }

    private Tensor Run(int step, Tensor x, StepHistory history)
    {
        using var scope = NewDisposeScope();
        return Step(new SamplerStep(Plan, step, x, new Denoiser(Model, Prediction, step, Observer), Noise, history)).MoveToOuterDisposeScope();
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

/// <summary>Latents [B, 4, H/8, W/8] after a step; runs inside a dispose scope of the step's own and depends on nothing else.</summary>
internal delegate Tensor SamplerStepper(SamplerStep step);

/// <summary>What a step works with.</summary>
/// <param name="Index">From 0; the first of the plan finds <paramref name="History"/> empty.</param>
/// <param name="X">x0 + sigma noise.</param>
/// <param name="History">Only this sampler's own steps write to it.</param>
internal sealed record SamplerStep(
    SamplingPlan Plan, int Index, Tensor X, Denoiser Model, INoiseSource NoiseSource, StepHistory History)
{
    public double Sigma => Plan.Sigmas[Index];

    /// <summary>sigma after the step.</summary>
    public double Next => Plan.Sigmas[Index + 1];

    /// <summary>x0 at the step's own noise level.</summary>
    public Tensor Clean() => Model.Clean(X, Sigma, Plan.Timesteps[Index]);

    /// <summary>dx / dsigma at the step's own noise level, which is the noise.</summary>
    public Tensor Slope() => (X - Clean()).Over(Sigma);

    /// <summary>x0 at a noise level between the planned ones.</summary>
    public Tensor CleanBetween(Tensor x, double sigma) => Model.Clean(x, sigma, Plan.Schedule.TimestepOf(sigma));

    /// <summary>A fresh draw.</summary>
    public Tensor Noise() => NoiseSource.Next(X);
}

/// <summary>Turns the network's output into the clean latents x0 it stands for.</summary>
internal sealed class Denoiser(NoisePredictor network, PredictionType prediction, int step, Action<ModelCall>? observer)
{
    private int call;

    /// <summary>What latents x0 + sigma noise are divided by for the network.</summary>
    public static double InputScale(double sigma) => Math.Sqrt(sigma * sigma + 1);

    /// <summary>x0 of latents x0 + sigma noise.</summary>
    public Tensor Clean(Tensor latents, double sigma, double timestep)
    {
        using var scope = NewDisposeScope();
        var scale = InputScale(sigma);
        var input = latents.Over(scale);
        var output = network(input, timestep);
        var clean = prediction == PredictionType.Epsilon
            ? latents - output.Times(sigma)
            : latents.Over(scale * scale) - output.Times(sigma / scale);
        observer?.Invoke(new ModelCall(step, call++, timestep, latents, input, clean));
        return clean.MoveToOuterDisposeScope();
    }
}

/// <summary>One evaluation of the network inside a step; the tensors live only while the observer runs.</summary>
/// <param name="Call">0 for a step's first.</param>
/// <param name="Latents">x0 + sigma noise at the noise level of this call.</param>
/// <param name="Input">What the network was given.</param>
/// <param name="Clean">The x0 its output stands for.</param>
internal sealed record ModelCall(int Step, int Call, double Timestep, Tensor Latents, Tensor Input, Tensor Clean);

/// <summary>
/// Tensors that a multistep sampler keeps from earlier steps, the latest first. Owns them; outlives the dispose scopes of the steps.
/// </summary>
internal sealed class StepHistory : IDisposable
{
    private readonly List<Tensor> kept = [];

    public int Count => kept.Count;

    /// <summary>0: the latest.</summary>
    public Tensor this[int age] => kept[age];

    /// <summary>Keeps a tensor and lets go of those beyond <paramref name="limit"/>.</summary>
    public void Push(Tensor tensor, int limit)
    {
        kept.Insert(0, tensor.DetachFromDisposeScope());
        while (kept.Count > limit)
        {
            kept[^1].Dispose();
            kept.RemoveAt(kept.Count - 1);
        }
    }

    public void Dispose()
    {
        foreach (var tensor in kept)
        {
            tensor.Dispose();
        }

        kept.Clear();
    }
}

/// <summary>After each step of each picture.</summary>
/// <param name="Step">Steps done of <paramref name="Steps"/>, from 1.</param>
/// <param name="Picture">The picture (or the first of the batch) being made, from 1, of <paramref name="Pictures"/>.</param>
public sealed record SamplingProgress(int Step, int Steps, int Picture = 1, int Pictures = 1);

/// <summary>Numbers became NaN or infinite: no picture can come of them.</summary>
public sealed class NonFiniteException(string what) : Exception(
    $"{what} NaN or infinite values, so no picture can be made. Usual causes: a LoRA at too high a strength, a damaged checkpoint or LoRA, "
    + "or half-precision arithmetic that overflowed. Lower the LoRA strength, or check the files.");
