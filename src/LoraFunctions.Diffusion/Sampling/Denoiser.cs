using LoraFunctions.Diffusion.Models;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Sampling;

/// <summary>Turns the network's output into the clean latents x0 it stands for, in either scaling of the latents.</summary>
public sealed class Denoiser
{
    private readonly NoisePredictor network;
    private readonly PredictionType prediction;
    private readonly Action<ModelCall>? observer;
    private int step;
    private int call;

    internal Denoiser(NoisePredictor network, PredictionType prediction, Action<ModelCall>? observer)
    {
        this.network = network;
        this.prediction = prediction;
        this.observer = observer;
    }

    /// <summary>x0 of latents x0 + sigma noise; the network sees them divided by sqrt(sigma^2 + 1).</summary>
    public Tensor CleanAtSigma(Tensor latents, double sigma, double timestep)
    {
        using var scope = NewDisposeScope();
        var scale = Math.Sqrt(sigma * sigma + 1);
        var input = latents / scale;
        var output = network(input, timestep);
        var clean = prediction == PredictionType.Epsilon
            ? latents - sigma * output
            : latents / (scale * scale) - output * (sigma / scale);
        observer?.Invoke(new ModelCall(step, call++, timestep, latents, input, clean));
        return clean.MoveToOuterDisposeScope();
    }

    /// <summary>x0 and noise of latents sqrt(a) x0 + sqrt(1 - a) noise; the network sees them as they are.</summary>
    public (Tensor Clean, Tensor Noise) CleanAtAlpha(Tensor latents, double alpha, double timestep)
    {
        using var scope = NewDisposeScope();
        var output = OutputAtAlpha(latents, alpha, timestep);
        return (Clean(output, latents, alpha).MoveToOuterDisposeScope(), NoiseOf(output, latents, alpha).MoveToOuterDisposeScope());
    }

    /// <summary>What the network itself says (noise or velocity) of latents sqrt(a) x0 + sqrt(1 - a) noise.</summary>
    public Tensor OutputAtAlpha(Tensor latents, double alpha, double timestep)
    {
        using var scope = NewDisposeScope();
        var output = network(latents, timestep);
        observer?.Invoke(new ModelCall(step, call++, timestep, latents, latents, Clean(output, latents, alpha)));
        return output.MoveToOuterDisposeScope();
    }

    /// <summary>The noise that an output of the network stands for.</summary>
    public Tensor NoiseOf(Tensor output, Tensor latents, double alpha)
    {
        using var scope = NewDisposeScope();
        return prediction == PredictionType.Epsilon
            ? output.alias().MoveToOuterDisposeScope()
            : (Math.Sqrt(alpha) * output + Math.Sqrt(1 - alpha) * latents).MoveToOuterDisposeScope();
    }

    private Tensor Clean(Tensor output, Tensor latents, double alpha)
    {
        using var scope = NewDisposeScope();
        var (signal, spread) = (Math.Sqrt(alpha), Math.Sqrt(1 - alpha));
        var clean = prediction == PredictionType.Epsilon ? (latents - spread * output) / signal : signal * latents - spread * output;
        return clean.MoveToOuterDisposeScope();
    }

    internal void BeginStep(int index) => (step, call) = (index, 0);
}
