using System.Diagnostics;
using System.Globalization;

namespace LoraFunctions.Benchmarks.Fuzzing;

/// <summary>A parser and its hostile inputs.</summary>
/// <param name="Next">The next input.</param>
/// <param name="Read">Whether it was read; false: refused with a reason. Anything it throws is a fault.</param>
/// <param name="MostMemory">Managed bytes that one input may take.</param>
internal sealed record FuzzTarget(Func<Random, byte[]> Next, Func<byte[], bool> Read, Func<byte[], long>? MostMemory = null);

/// <summary>
/// <c>fuzz WHAT [count] [seed]</c>: every input is read or refused with a reason, in less than <see cref="Slow"/> of the processor's time; exit code 1
/// where one is not. Failing inputs are printed in base64.
/// </summary>
internal static class Fuzz
{
    private const long DefaultCount = 1_000_000;
    private const int MostFailures = 10;
    private const long UsualMemory = 50_000_000;

    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(20);

    private static readonly Dictionary<string, Func<FuzzTarget>> Targets = new(StringComparer.Ordinal)
    {
        ["prompts"] = () => PromptFuzz.Target,
        ["training"] = () => TextFuzz.Training,
        ["comparisons"] = () => TextFuzz.Comparisons,
        ["labels"] = () => TextFuzz.Labels,
        ["brand-safety"] = () => TextFuzz.BrandSafety,
        ["vehicle"] = () => TextFuzz.Vehicle,
        ["captions"] = () => TextFuzz.Captions,
        ["infotext"] = () => TextFuzz.Infotext,
        ["xmp"] = () => TextFuzz.Xmp,
        ["metadata"] = () => ImageFuzz.Metadata,
        ["images"] = () => ImageFuzz.Images,
        ["safetensors"] = () => new FuzzTarget(SafetensorsFuzz.Make, SafetensorsFuzz.Opens),
    };

    public static string What { get; } = $"{string.Join('|', Targets.Keys)} [count] [seed]: hostile inputs, a million of them unless told otherwise; "
        + "exit code 1 if one is neither read nor refused with a reason, or takes long";

    public static void Run(string[] arguments)
    {
        if (arguments.Length == 0 || !Targets.TryGetValue(arguments[0], out var make))
        {
            Console.Error.WriteLine($"fuzz: give one of {string.Join(", ", Targets.Keys)}.");
            Environment.ExitCode = 2;
            return;
        }

        var target = make();
        var count = arguments.Length > 1 ? long.Parse(arguments[1], CultureInfo.InvariantCulture) : DefaultCount;
        var random = new Random(arguments.Length > 2 ? int.Parse(arguments[2], CultureInfo.InvariantCulture) : 1);
        var (failures, read, greatest, slowest, watch) = (0, 0L, 0L, TimeSpan.Zero, Stopwatch.StartNew());
        byte[] input = [];
        using var watchdog = Watchdog(() => input);
        for (var i = 1L; i <= count && failures < MostFailures; i++)
        {
            input = target.Next(random);
            // What other programs take is not the input's fault.
            var (before, allocated) = (Environment.CpuUsage.TotalTime, GC.GetAllocatedBytesForCurrentThread());
            try
            {
                read += target.Read(input) ? 1 : 0;
            }
            catch (Exception fault)
            {
                Fail($"{fault.GetType().Name}: {fault.Message}\n{string.Join('\n', fault.StackTrace?.Split('\n').Take(6) ?? [])}");
            }

            var took = Environment.CpuUsage.TotalTime - before;
            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
            slowest = took > slowest ? took : slowest;
            greatest = Math.Max(greatest, allocated);
            if (took > Slow)
            {
                Fail($"took {took.TotalSeconds:f1} s");
            }

            if (allocated > (target.MostMemory?.Invoke(input) ?? UsualMemory))
            {
                Fail($"took {allocated / 1e6:f0} MB");
            }
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{arguments[0]}: {count} inputs in {watch.Elapsed.TotalSeconds:f0} s, {read} read, {count - read - failures} refused with a reason, "
            + $"{failures} failures; the slowest {slowest.TotalMilliseconds:f0} ms, the most managed memory for one {greatest / 1e6:f1} MB, the most resident {ResidentMemory.Peak:f2} GB"));
        Environment.ExitCode = failures > 0 ? 1 : 0;

        void Fail(string how)
        {
            failures++;
            Console.WriteLine($"FAILURE {how}\n{Convert.ToBase64String(input)}");
        }
    }

    private static Timer Watchdog(Func<byte[]> current)
    {
        byte[]? seen = null;
        return new Timer(_ =>
        {
            // The same array at two looks in a row: it did not come back in between.
            var now = current();
            if (now.Length > 0 && ReferenceEquals(now, seen))
            {
                Console.WriteLine($"FAILURE hang\n{Convert.ToBase64String(now)}");
                Environment.Exit(1);
            }

            seen = now;
        }, null, Hang, Hang);
    }
}
