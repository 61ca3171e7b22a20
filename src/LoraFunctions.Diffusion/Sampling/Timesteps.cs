namespace LoraFunctions.Diffusion.Sampling;

/// <summary>Timesteps of a run, falling. Rounding goes to even, as NumPy's does.</summary>
internal static class Timesteps
{
    /// <summary>Spacing for samplers of <paramref name="steps"/> visited timesteps.</summary>
    /// <param name="round">Linspace only: whole timesteps (DDIM and its kin) or fractional ones (Euler and its kin).</param>
    public static double[] Of(TimestepSpacing spacing, int trained, int steps, int offset, bool round) => spacing switch
    {
        TimestepSpacing.Leading => Descending(steps, i => (long)i * (trained / steps) + offset),
        TimestepSpacing.Linspace => Descending(steps, i => Round(Linear(trained - 1, steps, i), round)),
        TimestepSpacing.Trailing => Trailing(trained, steps),
        _ => throw new ArgumentOutOfRangeException(nameof(spacing), spacing, "Unknown timestep spacing."),
    };

    /// <summary>
    /// Spacing for DPM-Solver++ and UniPC in diffusers: <paramref name="steps"/> + 1 points of which the lowest is left out, all whole.
    /// </summary>
    public static double[] WithoutLowest(TimestepSpacing spacing, int trained, int steps, int offset) => spacing switch
    {
        TimestepSpacing.Leading => [.. Descending(steps + 1, i => (long)i * (trained / (steps + 1)) + offset).Take(steps)],
        TimestepSpacing.Linspace => [.. Descending(steps + 1, i => Round(Linear(trained - 1, steps + 1, i), round: true)).Take(steps)],
        TimestepSpacing.Trailing => Trailing(trained, steps),
        _ => throw new ArgumentOutOfRangeException(nameof(spacing), spacing, "Unknown timestep spacing."),
    };

    /// <summary>
    /// Latent consistency models: evenly chosen from the <paramref name="distilled"/> timesteps the model was distilled at.
    /// </summary>
    public static double[] Consistency(int trained, int steps, int distilled)
    {
        var stride = trained / distilled;
        return [.. Enumerable.Range(0, steps).Select(i => (distilled - Math.Floor(i * ((double)distilled / steps))) * stride - 1)];
    }

    private static double[] Descending(int count, Func<int, double> rising) => [.. Enumerable.Range(0, count).Reverse().Select(rising)];

    private static double[] Trailing(int trained, int steps)
    {
        var stride = (double)trained / steps;
        return [.. Enumerable.Range(0, steps).Select(i => Math.Round(trained - i * stride) - 1)];
    }

    private static double Linear(double last, int count, int index) =>
        count == 1 ? 0 : index == count - 1 ? last : index * (last / (count - 1));

    private static double Round(double value, bool round) => round ? Math.Round(value) : value;
}
