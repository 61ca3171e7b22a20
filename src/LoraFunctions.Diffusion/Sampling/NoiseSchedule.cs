using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Sampling;

/// <summary>
/// The noise levels a model was trained with: a[t] = prod(1 - beta) and sigma[t] = sqrt((1 - a[t]) / a[t]),
/// t in [0, <see cref="TrainTimesteps"/>). Immutable.
/// </summary>
public sealed class NoiseSchedule
{
    public const int DefaultTrainTimesteps = 1000;
    public const double DefaultBetaStart = 0.00085;
    public const double DefaultBetaEnd = 0.012;

    private readonly float[] alphasCumprod;
    private readonly float[] sigmas;
    private readonly float[] logSigmas;

    private NoiseSchedule(float[] alphasCumprod)
    {
        this.alphasCumprod = alphasCumprod;
        sigmas = [.. alphasCumprod.Select(a => MathF.Sqrt((1f - a) / a))];
        logSigmas = [.. sigmas.Select(s => MathF.Log(s))];
    }

    /// <summary>Stable Diffusion 1.x: 1000 timesteps, scaled linear from 0.00085 to 0.012, single precision.</summary>
    public static NoiseSchedule StableDiffusion { get; } = Create();

    /// <summary>a[t], falling from almost 1 to almost 0.</summary>
    public ReadOnlySpan<float> AlphasCumprod => alphasCumprod;

    /// <summary>sigma[t], rising; 0.0292 to 14.61 for Stable Diffusion.</summary>
    public ReadOnlySpan<float> Sigmas => sigmas;

    public int TrainTimesteps => alphasCumprod.Length;

    public float MinimumSigma => sigmas[0];

    public float MaximumSigma => sigmas[^1];

    /// <exception cref="ArgumentOutOfRangeException">Fewer than two timesteps, or betas outside 0 &lt; start &lt;= end &lt; 1.</exception>
    public static NoiseSchedule Create(
        int trainTimesteps = DefaultTrainTimesteps,
        double betaStart = DefaultBetaStart,
        double betaEnd = DefaultBetaEnd,
        BetaCurve curve = BetaCurve.ScaledLinear,
        ScheduleRounding rounding = ScheduleRounding.Single)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(trainTimesteps, 2);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(betaStart, 0);
        ArgumentOutOfRangeException.ThrowIfLessThan(betaEnd, betaStart);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(betaEnd, 1);

        var squared = curve == BetaCurve.ScaledLinear;
        var first = squared ? Math.Sqrt(betaStart) : betaStart;
        var last = squared ? Math.Sqrt(betaEnd) : betaEnd;
        var result = new float[trainTimesteps];

        // PyTorch's cumulative product of floats runs in double and rounds every entry.
        var product = 1.0;
        for (var t = 0; t < trainTimesteps; t++)
        {
            double alpha;
            if (rounding == ScheduleRounding.Single)
            {
                var root = LinearPoint((float)first, (float)last, trainTimesteps, t);
                alpha = 1f - (squared ? root * root : root);
            }
            else
            {
                var root = LinearPoint(first, last, trainTimesteps, t);
                alpha = 1 - (squared ? root * root : root);
            }

            product *= alpha;
            result[t] = (float)product;
        }

        return new NoiseSchedule(result);
    }

    /// <summary>sqrt(a) x0 + sqrt(1 - a) noise, what a training step shows the network.</summary>
    /// <param name="latents">x0 [B, ...].</param>
    /// <param name="noise">Shape of <paramref name="latents"/>.</param>
    /// <param name="timesteps">Integers [B].</param>
    public Tensor AddNoise(Tensor latents, Tensor noise, Tensor timesteps)
    {
        using var scope = NewDisposeScope();
        var (signal, spread) = Weights(timesteps, latents);
        return (signal * latents + spread * noise).MoveToOuterDisposeScope();
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
    /// as there, which decides ties.
    /// </summary>
    /// <param name="quantize">Take the nearest trained one instead.</param>
    public double TimestepOf(double sigma, bool quantize = false)
    {
        var logSigma = MathF.Log(MathF.Max((float)sigma, 1e-10f));
        var high = Array.BinarySearch(logSigmas, logSigma);
        high = Math.Clamp(high < 0 ? ~high : high, 1, logSigmas.Length - 1);
        var low = high - 1;
        if (quantize)
        {
            return logSigma - logSigmas[low] <= logSigmas[high] - logSigma ? low : high;
        }

        return low + Math.Clamp((double)(logSigmas[low] - logSigma) / (logSigmas[low] - logSigmas[high]), 0, 1);
    }

    /// <summary>The noise level of a fractional timestep, linear in log sigma (k-diffusion).</summary>
    public double SigmaOf(double timestep)
    {
        var (low, high, weight) = Around(timestep);
        return MathF.Exp((1 - (float)weight) * logSigmas[low] + (float)weight * logSigmas[high]);
    }

    /// <summary>The noise level of a fractional timestep, linear in sigma (diffusers).</summary>
    public double LinearSigmaOf(double timestep)
    {
        var (low, high, weight) = Around(timestep);
        return (1 - weight) * sigmas[low] + weight * sigmas[high];
    }

    private (int Low, int High, double Weight) Around(double timestep)
    {
        var clamped = Math.Clamp(timestep, 0, TrainTimesteps - 1);
        var low = (int)Math.Floor(clamped);
        return (low, Math.Min(low + 1, TrainTimesteps - 1), clamped - low);
    }

    private (Tensor Signal, Tensor Spread) Weights(Tensor timesteps, Tensor like)
    {
        long[] shape = [timesteps.shape[0], .. Enumerable.Repeat(1L, (int)like.dim() - 1)];
        var alphas = tensor(alphasCumprod).to(like.device).index_select(0, timesteps.to(ScalarType.Int64).to(like.device)).view(shape);
        return (alphas.sqrt().to(like.dtype), (1 - alphas).sqrt().to(like.dtype));
    }

    /// <summary>PyTorch's linspace: each half is counted from its own end.</summary>
    private static float LinearPoint(float first, float last, int count, int index)
    {
        var step = (last - first) / (count - 1);
        return index < count / 2 ? first + step * index : last - step * (count - 1 - index);
    }

    private static double LinearPoint(double first, double last, int count, int index)
    {
        var step = (last - first) / (count - 1);
        return index < count / 2 ? first + step * index : last - step * (count - 1 - index);
    }
}
