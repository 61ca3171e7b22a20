using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Sampling;

/// <summary>
/// Samplers that follow the slope dx / dsigma (k-diffusion). On whole timesteps Euler is DDIM (Song et al. 2020, eq. 12), ancestral Euler is
/// DDPM (Ho et al. 2020, eq. 7, small variance) and DDIM with eta = 1.
/// </summary>
internal static class EulerSamplers
{
    private const int MultistepOrder = 4;

    // Latent consistency models: sigma_data of the boundary condition and the scale of its timesteps.
    private const double DataDeviation = 0.5;
    private const double TimestepScale = 10;

    // Two-point Gauss-Legendre is exact up to degree 3, the degree of the basis polynomials of order 4.
    private static readonly double Node = 1 / Math.Sqrt(3);

    /// <summary>Euler steps (Karras et al. 2022, algorithm 2 without churn).</summary>
    public static Tensor Euler(SamplerStep step) => step.X.Plus(step.Slope().Times(step.Next - step.Sigma));

    /// <summary>Draws noise once a step, except where the next level is 0.</summary>
    public static Tensor EulerAncestral(SamplerStep step)
    {
        var (down, up) = Ancestral(step.Sigma, step.Next);
        return WithNoise(step, step.X.Plus(step.Slope().Times(down - step.Sigma)), up);
    }

    /// <summary>Heun steps (Karras et al. 2022, algorithm 2 without churn): two model calls, one where the next level is 0.</summary>
    public static Tensor Heun(SamplerStep step) => step.Next == 0 ? Euler(step) : Trapezoid(step, step.Slope());

    /// <summary>DPM-Solver-2: the slope half way down in log sigma. Two model calls, one where the next level is 0.</summary>
    public static Tensor Dpm2(SamplerStep step) => Midpoint(step, step.Next);

    /// <summary>As <see cref="Dpm2"/>; draws noise once a step, except where the next level is 0.</summary>
    public static Tensor Dpm2Ancestral(SamplerStep step)
    {
        var (down, up) = Ancestral(step.Sigma, step.Next);
        return WithNoise(step, Midpoint(step, down), up);
    }

    /// <summary>Linear multistep of order 4: integrates the polynomial through the last slopes.</summary>
    public static Tensor Lms(SamplerStep step)
    {
        var slopes = step.History;
        slopes.Push(step.Slope(), MultistepOrder);
        var result = step.X;
        for (var age = 0; age < slopes.Count; age++)
        {
            result = result.Plus(slopes[age].Times(Coefficient(step.Plan.Sigmas, step.Index, age, slopes.Count)));
        }

        return result;
    }

    /// <summary>
    /// Pseudo linear multistep, PNDM without its Runge-Kutta start (Liu et al. 2022, eq. 12): the coefficients of even steps, whatever the
    /// levels. The first step calls the network twice.
    /// </summary>
    public static Tensor Plms(SamplerStep step)
    {
        var old = step.History;
        old.Push(step.Slope(), MultistepOrder);
        if (old.Count == 1 && step.Plan.Steps > 1)
        {
            return Trapezoid(step, old[0]);
        }

        double[] weights = old.Count switch
        {
            1 => [1],
            2 => [3 / 2.0, -1 / 2.0],
            3 => [23 / 12.0, -16 / 12.0, 5 / 12.0],
            _ => [55 / 24.0, -59 / 24.0, 37 / 24.0, -9 / 24.0],
        };
        return weights.Index().Aggregate(
            step.X, (x, weight) => x.Plus(old[weight.Index].Times(weight.Item * (step.Next - step.Sigma))));
    }

    /// <summary>
    /// Multistep sampling of latent consistency models (Luo et al. 2023), for models or LoRAs distilled for it. Draws noise after each step
    /// but the last.
    /// </summary>
    public static Tensor Lcm(SamplerStep step)
    {
        var scaled = step.Plan.Timesteps[step.Index] * TimestepScale;
        var spread = scaled * scaled + DataDeviation * DataDeviation;
        var denoised = step.Clean().Times(scaled / Math.Sqrt(spread))
            .Plus(step.X.Times(DataDeviation * DataDeviation / spread / Denoiser.InputScale(step.Sigma)));
        return WithNoise(step, denoised, step.Next);
    }

    /// <summary>An ancestral step aims below the next noise level and makes up for it with fresh noise (k-diffusion, eta = 1).</summary>
    internal static (double Down, double Up) Ancestral(double from, double to)
    {
        var up = Math.Min(to, to * Math.Sqrt((from * from - to * to) / (from * from)));

        // sqrt(to^2 - up^2), without the difference of two almost equal squares.
        return (to * to / from, up);
    }

    internal static Tensor WithNoise(SamplerStep step, Tensor x, double deviation) =>
        step.Next > 0 ? x.Plus(step.Noise().Times(deviation)) : x;

    /// <summary>By the mean of the slopes at both ends.</summary>
    private static Tensor Trapezoid(SamplerStep step, Tensor slope)
    {
        var (plan, next) = (step.Plan, step.Next);
        var trial = step.X.Plus(slope.Times(next - step.Sigma));
        var timestep = step.Index + 1 < plan.Steps ? plan.Timesteps[step.Index + 1] : plan.Schedule.TimestepOf(next);
        var ahead = (trial - step.Model.Clean(trial, next, timestep)).Over(next);
        return step.X.Plus(slope.Plus(ahead).Over(2).Times(next - step.Sigma));
    }

    /// <summary>By the slope at the geometric mean of the ends.</summary>
    private static Tensor Midpoint(SamplerStep step, double to)
    {
        var (from, slope) = (step.Sigma, step.Slope());
        if (to == 0)
        {
            return step.X.Plus(slope.Times(to - from));
        }

        var middle = Math.Sqrt(from * to);
        var trial = step.X.Plus(slope.Times(middle - from));
        var slopeInside = (trial - step.CleanBetween(trial, middle)).Over(middle);
        return step.X.Plus(slopeInside.Times(to - from));
    }

    /// <summary>
    /// Integral over the step of the polynomial that is 1 at the level of age <paramref name="age"/> and 0 at the other used levels.
    /// </summary>
    private static double Coefficient(IReadOnlyList<double> sigmas, int step, int age, int order)
    {
        var (from, to) = (sigmas[step], sigmas[step + 1]);
        var (middle, half) = ((from + to) / 2, (to - from) / 2);
        return half * (Basis(middle - half * Node) + Basis(middle + half * Node));

        double Basis(double sigma) => Enumerable.Range(0, order).Where(k => k != age)
            .Aggregate(1.0, (product, k) => product * ((sigma - sigmas[step - k]) / (sigmas[step - age] - sigmas[step - k])));
    }
}
