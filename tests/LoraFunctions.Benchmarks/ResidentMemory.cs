using System.Globalization;

namespace LoraFunctions.Benchmarks;

/// <summary>Resident memory of this process as Linux counts it, in GB (10^9 bytes).</summary>
internal static class ResidentMemory
{
    /// <summary>Forgets the peak so far (<c>/proc/self/clear_refs</c>, proc(5)).</summary>
    public static void ResetPeak()
    {
        GC.Collect();
        File.WriteAllText("/proc/self/clear_refs", "5");
    }

    public static double Now => Read("VmRSS:");

    public static double Peak => Read("VmHWM:");

    private static double Read(string key)
    {
        var line = File.ReadLines("/proc/self/status").First(l => l.StartsWith(key, StringComparison.Ordinal));
        return long.Parse(line[key.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture) * 1024 / 1e9;
    }
}
