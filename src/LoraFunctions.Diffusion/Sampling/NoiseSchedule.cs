using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Sampling;

/// <summary>
/// The noise levels a model was trained with: a[t] = prod(1 - beta) and sigma[t] = sqrt((1 - a[t]) / a[t]),
/// t in [0, <see cref="TrainTimesteps"/>). Immutable.
/// </summary>
public sealed class NoiseSchedule
{
    private const int Timesteps = 1000;
    private const double BetaStart = 0.00085;
    private const double BetaEnd = 0.012;

    private readonly float[] alphasCumprod;
    private readonly float[] sigmas;
    private readonly float[] logSigmas;

    /// <param name="alphasCumprod">a[t], falling.</param>
    internal NoiseSchedule(float[] alphasCumprod)
    {
        this.alphasCumprod = alphasCumprod;
        sigmas = [.. alphasCumprod.Select(a => MathF.Sqrt((1f - a) / a))];
        logSigmas = [.. sigmas.Select(s => MathF.Log(s))];
    }

    /// <summary>
    /// Stable Diffusion 1.x: 1000 timesteps, betas linear in their square root from 0.00085 to 0.012, in single precision as diffusers and
    /// the trainers compute them.
    /// </summary>
    public static NoiseSchedule StableDiffusion { get; } = new(ScaledLinear());

    /// <summary>a[t], falling from almost 1 to almost 0.</summary>
    public ReadOnlySpan<float> AlphasCumprod => alphasCumprod;

    /// <summary>sigma[t], rising; 0.0292 to 14.61 for Stable Diffusion.</summary>
    public ReadOnlySpan<float> Sigmas => sigmas;

    public int TrainTimesteps => alphasCumprod.Length;

    /// <summary>sqrt(a) x0 + sqrt(1 - a) noise, what a training step shows the network.</summary>
    /// <param name="latents">x0 [B, ...].</param>
    /// <param name="noise">Shape of <paramref name="latents"/>.</param>
    /// <param name="timesteps">Integers [B].</param>
    public Tensor AddNoise(Tensor latents, Tensor noise, Tensor timesteps)
    {
        using var scope = NewDisposeScope();
        var (signal, spread) = Weights(timesteps, latents);
        return (signal * latents).Plus(spread * noise).MoveToOuterDisposeScope();
    }

    /// <summary>The v-prediction target, sqrt(a) noise - sqrt(1 - a) x0. Shapes as <see cref="AddNoise"/>.</summary>
    public Tensor Velocity(Tensor latents, Tensor noise, Tensor timesteps)
    {
        using var scope = NewDisposeScope();
        var (signal, spread) = Weights(timesteps, latents);
        return (signal * noise - spread * latents).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The timestep whose noise level is sigma, linear in log sigma between the trained ones, clamped at both ends (k-diffusion). In float
    /// as there.
    /// </summary>
    public double TimestepOf(double sigma)
    {
        var logSigma = MathF.Log(MathF.Max((float)sigma, 1e-10f));
        var high = Array.BinarySearch(logSigmas, logSigma);
        high = Math.Clamp(high < 0 ? ~high : high, 1, logSigmas.Length - 1);
        var low = high - 1;
        return low + Math.Clamp((double)(logSigmas[low] - logSigma) / (logSigmas[low] - logSigmas[high]), 0, 1);
    }

    /// <summary>The noise level of a fractional timestep, linear in log sigma (k-diffusion).</summary>
    public double SigmaOf(double timestep)
    {
        var clamped = Math.Clamp(timestep, 0, TrainTimesteps - 1);
        var low = (int)Math.Floor(clamped);
        var high = Math.Min(low + 1, TrainTimesteps - 1);
        var weight = (float)(clamped - low);
        return MathF.Exp((1 - weight) * logSigmas[low] + weight * logSigmas[high]);
    }

    private (Tensor Signal, Tensor Spread) Weights(Tensor timesteps, Tensor like)
    {
        long[] shape = [timesteps.shape[0], .. Enumerable.Repeat(1L, (int)like.dim() - 1)];
        var alphas = tensor(alphasCumprod).to(like.device).index_select(0, timesteps.to(ScalarType.Int64).to(like.device)).view(shape);
        return (alphas.sqrt().to(like.dtype), alphas.negative().Plus(1).sqrt().to(like.dtype));
    }

    private static float[] ScaledLinear()
    {
        var (first, last) = ((float)Math.Sqrt(BetaStart), (float)Math.Sqrt(BetaEnd));
        var step = (last - first) / (Timesteps - 1);
        var result = new float[Timesteps];

        // PyTorch's cumulative product of floats runs in double and rounds every entry; its linspace counts each half from its own end.
        var product = 1.0;
        for (var t = 0; t < Timesteps; t++)
        {
            var root = t < Timesteps / 2 ? first + step * t : last - step * (Timesteps - 1 - t);
            product *= 1f - root * root;
            result[t] = (float)product;
        }

        return result;
    }
}
