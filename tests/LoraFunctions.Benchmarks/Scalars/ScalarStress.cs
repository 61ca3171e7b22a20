using System.Diagnostics;
using LoraFunctions.Diffusion;
using static TorchSharp.torch;

namespace LoraFunctions.Benchmarks.Scalars;

/// <summary>
/// Every operation of <see cref="TensorMath"/> while another thread collects and finalizes all the time: no call may throw and no number may
/// be wrong.
/// </summary>
internal static class ScalarStress
{
    private const int Length = 64;

    // What a number went in as must come out: powers of two, so that every result is exact.
    private static readonly (string Name, Func<Tensor, Tensor, Tensor> Run, float Expected)[] Operations =
    [
        ("Plus(tensor)", (a, b) => a.Plus(b), 4),
        ("Plus(tensor, number)", (a, b) => a.Plus(b, 0.5), 3.5f),
        ("Plus(number)", (a, _) => a.Plus(0.25), 3.25f),
        ("Minus(number)", (a, _) => a.Minus(0.25), 2.75f),
        ("Times(number)", (a, _) => a.Times(0.5), 1.5f),
        ("Over(number)", (a, _) => a.Over(2), 1.5f),
        ("Clamped", (a, _) => a.Clamped(-1, 2), 2),
        ("PlusInPlace(tensor)", (a, b) => a.clone().PlusInPlace(b), 4),
        ("PlusInPlace(tensor, number)", (a, b) => a.clone().PlusInPlace(b, 0.5), 3.5f),
        ("PlusInPlace(number)", (a, _) => a.clone().PlusInPlace(0.25), 3.25f),
        ("TimesInPlace(number)", (a, _) => a.clone().TimesInPlace(0.5), 1.5f),
        ("Filled", (_, _) => TensorMath.Filled([Length], 0.75), 0.75f),
    ];

    public static void Run(string[] arguments)
    {
        var wanted = arguments.Length > 0 ? long.Parse(arguments[0], System.Globalization.CultureInfo.InvariantCulture) : 5_000_000;
        set_num_threads(1);
        using var stop = new CancellationTokenSource();
        var collections = 0L;
        var collector = new Thread(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                GC.Collect(0);
                GC.WaitForPendingFinalizers();
                collections++;
            }
        });
        collector.Start();
        var clock = Stopwatch.StartNew();
        var (calls, failed, wrong) = (0L, 0L, 0L);
        using var a = ones([Length]).TimesInPlace(3);
        using var b = ones([Length]);
        while (calls < wanted)
        {
            foreach (var (name, run, expected) in Operations)
            {
                calls++;
                try
                {
                    using var scope = NewDisposeScope();
                    var sum = run(a, b).sum().item<float>();
                    if (sum != expected * Length)
                    {
                        wrong++;
                        Console.WriteLine($"  {name}: {sum / Length} instead of {expected}");
                    }
                }
                catch (Exception exception)
                {
                    failed++;
                    Console.WriteLine($"  {name}: {exception.Message.Split('\n')[0]}");
                }
            }
        }

        stop.Cancel();
        collector.Join();
        Console.WriteLine(
            $"{calls:N0} calls in {clock.Elapsed.TotalSeconds:F0} s under {collections:N0} collections: {failed} failed, {wrong} wrong");
        Environment.ExitCode = failed + wrong == 0 ? 0 : 1;
    }
}
