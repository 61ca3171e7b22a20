using System.Diagnostics;
using System.Globalization;

namespace LoraFunctions.Benchmarks.Safetensors;

/// <summary><c>fuzz-safetensors [count] [seed]</c>.</summary>
internal static class SafetensorsFuzzVerb
{
    private const long DefaultCount = 1_000_000;

    public static void Run(string[] arguments)
    {
        var count = arguments.Length > 0 ? long.Parse(arguments[0], CultureInfo.InvariantCulture) : DefaultCount;
        var seed = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : 1;
        var watch = Stopwatch.StartNew();
        var outcome = SafetensorsFuzz.Run(count, seed, done =>
        {
            if (done % 100_000 == 0)
            {
                Console.WriteLine($"{done} inputs, {watch.Elapsed.TotalSeconds:f0} s");
            }
        });
        Console.WriteLine($"{outcome.Opened} opened and read, {outcome.Refused} refused with a reason, {outcome.Failures.Count} "
            + $"failures, {watch.Elapsed.TotalSeconds:f1} s");
        foreach (var failure in outcome.Failures)
        {
            Console.WriteLine($"FAILURE {failure}");
        }

        if (outcome.Failures.Count > 0)
        {
            Environment.ExitCode = 1;
        }
    }
}
