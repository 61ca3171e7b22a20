using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraFunctions.Benchmarks;

/// <summary>
/// Times a piece of work in turn with a 2048^3 fp32 matrix product in the same process. The machine's speed drifts, so what counts is the
/// ratio of the two, round by round.
/// </summary>
internal sealed class SideBySide : IDisposable
{
    private const int Side = 2048;
    private const int ProductsARound = 5;
    private const double ProductFlop = 2.0 * Side * Side * Side;

    private readonly Tensor left = randn(Side, Side);
    private readonly Tensor right = randn(Side, Side);

    public void Dispose()
    {
        left.Dispose();
        right.Dispose();
    }

    /// <param name="flop">Multiplications and additions of one run; 0 where they say nothing.</param>
    public void Measure(string name, double flop, int rounds, Func<Tensor> work)
    {
        ResidentMemory.ResetPeak();
        work().Dispose();
        var peak = ResidentMemory.Peak;
        var seconds = new List<double>();
        var shares = new List<double>();
        for (var round = 0; round < rounds; round++)
        {
            var before = Ceiling();
            var watch = Stopwatch.StartNew();
            work().Dispose();
            var took = watch.Elapsed.TotalSeconds;
            var ceiling = (before + Ceiling()) / 2;
            seconds.Add(took);
            shares.Add(flop / took / ceiling);
        }

        var rate = flop > 0 ? $"{flop / Median(seconds) / 1e9,6:F0} GFLOP/s, {Median(shares),5:P0} of the product's rate" : "";
        Console.WriteLine($"{name,-44} {Median(seconds),8:F3} s  peak {peak,5:F2} GB  {rate}");
    }

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted[sorted.Count / 2];
    }

    /// <summary>Floating-point operations a second of the product, now.</summary>
    private double Ceiling()
    {
        var times = new List<double>();
        for (var i = 0; i < ProductsARound; i++)
        {
            var watch = Stopwatch.StartNew();
            using var product = left.mm(right);
            times.Add(watch.Elapsed.TotalSeconds);
        }

        return ProductFlop / Median(times);
    }
}
