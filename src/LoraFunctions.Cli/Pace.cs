using System.Globalization;
using LoraFunctions.Jobs;

namespace LoraFunctions.Cli;

/// <summary>How fast a job's stages go, counted from when each was first seen: a resumed training begins in the middle.</summary>
internal sealed class Pace(TimeProvider time)
{
    private readonly Dictionary<string, (long At, int Done, int Last)> _begun = new(StringComparer.Ordinal);

    /// <summary>
    /// <c>, 2.1 it/s, 3:49 left, 7.5 GB</c>: units a second (or seconds a unit), time to the stage's end, what the process holds. Empty for
    /// the first unit.
    /// </summary>
    public string Of(JobProgress value)
    {
        if (SpeedOf(value) is not { } speed)
        {
            return "";
        }

        var memory = Environment.WorkingSet / 1e9;
        var shown = speed >= 1
            ? string.Create(CultureInfo.InvariantCulture, $"{speed:0.0} it/s")
            : string.Create(CultureInfo.InvariantCulture, $"{1 / speed:0.0} s/it");
        var left = value.Done < value.Total ? $", {Text(Left(value, speed))} left" : "";
        return string.Create(CultureInfo.InvariantCulture, $", {shown}{left}, {memory:0.0} GB");
    }

    /// <summary>Time to the stage's end; null for the first unit.</summary>
    public TimeSpan? LeftOf(JobProgress value) => SpeedOf(value) is { } speed ? Left(value, speed) : null;

    private static TimeSpan Left(JobProgress value, double speed) => TimeSpan.FromSeconds((value.Total - value.Done) / speed);

    /// <summary>Units a second; null for the first unit.</summary>
    private double? SpeedOf(JobProgress value)
    {
        if (!_begun.TryGetValue(value.Stage, out var begun) || value.Done < begun.Last)
        {
            begun = (time.GetTimestamp(), value.Done, value.Done);
        }

        _begun[value.Stage] = begun with { Last = value.Done };
        var (seconds, units) = (time.GetElapsedTime(begun.At).TotalSeconds, value.Done - begun.Done);
        return seconds <= 0 || units <= 0 ? null : units / seconds;
    }

    /// <summary>E.g. <c>3:49</c>, <c>1:03:49</c>.</summary>
    public static string Text(TimeSpan left) =>
        left.TotalHours >= 1
            ? string.Create(CultureInfo.InvariantCulture, $"{(int)left.TotalHours}:{left.Minutes:00}:{left.Seconds:00}")
            : string.Create(CultureInfo.InvariantCulture, $"{left.Minutes}:{left.Seconds:00}");
}
