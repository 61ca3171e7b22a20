using System.Globalization;

namespace LoraFunctions.Pipeline.Night;

/// <summary>When a night is due, in the options' time zone: pure functions of the time. An hourly UTC timer asks.</summary>
public static class NightSchedule
{
    /// <summary>The night that is due now; null outside of the time from start to deadline.</summary>
    public static NightInput? Due(DateTimeOffset now, NightlyOptions options)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(options.TimeZone);
        var local = TimeZoneInfo.ConvertTime(now, zone).DateTime;
        var time = TimeOnly.FromDateTime(local);
        return time >= options.Start && time < options.Deadline
            ? new NightInput(Text(DateOnly.FromDateTime(local)), ToUtc(DateOnly.FromDateTime(local).ToDateTime(options.Deadline), zone), NightSettings.Of(options))
            : null;
    }

    /// <summary>A night started by hand, at any time of the day: today's date in the options' time zone, and no deadline.</summary>
    public static NightInput ByHand(DateTimeOffset now, NightlyOptions options)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(options.TimeZone);
        return new NightInput(Text(DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, zone).DateTime)), DeadlineUtc: null, NightSettings.Of(options));
    }

    /// <summary>Whether a text is a night's date, <c>yyyy-MM-dd</c>.</summary>
    public static bool IsDate(string text) => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _);

    private static string Text(DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>A local time that a change of the clocks leaves out counts as the first one after it.</summary>
    private static DateTime ToUtc(DateTime local, TimeZoneInfo zone)
    {
        while (zone.IsInvalidTime(local))
        {
            local = local.AddMinutes(15);
        }

        return TimeZoneInfo.ConvertTimeToUtc(local, zone);
    }
}
