namespace LoraFunctions.Diffusion.Sampling;

/// <summary>Falling noise levels between two given ones, both included, rounded to float as the references keep them.</summary>
internal static class SigmaCurves
{
    private const double Rho = 7;

    public static double[] Between(SigmaSpacing spacing, int count, double largest, double smallest) => spacing switch
    {
        SigmaSpacing.Karras => Points(count, i => Math.Pow(Mix(Math.Pow(largest, 1 / Rho), Math.Pow(smallest, 1 / Rho), i), Rho)),
        SigmaSpacing.Exponential => Points(count, i => Math.Exp(Mix(Math.Log(largest), Math.Log(smallest), i))),
        _ => throw new ArgumentOutOfRangeException(nameof(spacing), spacing, "This spacing is not given by its ends alone."),
    };

    private static double[] Points(int count, Func<double, double> at) =>
        [.. Enumerable.Range(0, count).Select(i => (double)(float)at(count == 1 ? 0 : (double)i / (count - 1)))];

    private static double Mix(double from, double to, double share) => from + share * (to - from);
}
