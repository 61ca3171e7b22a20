using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Sampling;

/// <summary>Linear multistep of order 4 (k-diffusion): integrates the polynomial through the last slopes.</summary>
public sealed class LmsSampler(ISigmaGrid grid) : SigmaSampler(grid)
{
    private const int Order = 4;

    // Two-point Gauss-Legendre is exact up to degree 3, the degree of the basis polynomials of order 4.
    private static readonly double Node = 1 / Math.Sqrt(3);

    private protected override Tensor Step(SigmaPlan plan, int step, Tensor x, StepContext context)
    {
        var slopes = context.History;
        slopes.Push((x - CleanAt(plan, step, x, context)) / plan.Sigmas[step], Order);
        var result = x;
        for (var age = 0; age < slopes.Count; age++)
        {
            result += Coefficient(plan.Sigmas, step, age, slopes.Count) * slopes[age];
        }

        return result;
    }

    /// <summary>
    /// Integral over the step of the polynomial that is 1 at the level of age <paramref name="age"/> and 0 at the other used levels.
    /// </summary>
    private static double Coefficient(IReadOnlyList<double> sigmas, int step, int age, int order)
    {
        var (from, to) = (sigmas[step], sigmas[step + 1]);
        var (middle, half) = ((from + to) / 2, (to - from) / 2);
        return half * (Basis(middle - half * Node) + Basis(middle + half * Node));

        double Basis(double sigma)
        {
            var product = 1.0;
            for (var k = 0; k < order; k++)
            {
                if (k != age)
                {
                    product *= (sigma - sigmas[step - k]) / (sigmas[step - age] - sigmas[step - k]);
                }
            }

            return product;
        }
    }
}
