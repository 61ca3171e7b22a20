using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Orchestration;

namespace LoraFunctions.Pipeline.Tests.Night;

public sealed class NightScheduleTests
{
    private static readonly NightlyOptions s_shanghai = new();

    private static readonly NightSettings s_settings = new(16, 1, 8, TimeSpan.FromMinutes(30), TimeSpan.FromHours(1));

    [Theory]
    [InlineData("2025-03-01T17:59:59Z", null)]
    [InlineData("2025-03-01T18:00:00Z", "2025-03-02")]
    [InlineData("2025-03-01T23:00:00Z", "2025-03-02")]
    [InlineData("2025-03-01T23:59:59Z", "2025-03-02")]
    [InlineData("2025-03-02T00:00:00Z", null)]
    [InlineData("2025-03-02T09:00:00Z", null)]
    [InlineData("2025-12-31T18:30:00Z", "2026-01-01")]
    public void Due_Shanghai_IsFromTwoToEightOfTheLocalDay(string now, string? date)
    {
        var due = NightSchedule.Due(DateTimeOffset.Parse(now), s_shanghai);

        due?.Date.ShouldBe(date);
        (due is null).ShouldBe(date is null);
    }

    [Fact]
    public void Due_Shanghai_DeadlineIsEightInUtc() =>
        NightSchedule.Due(DateTimeOffset.Parse("2025-03-01T18:10:00Z"), s_shanghai)
            .ShouldBe(new NightInput("2025-03-02", new DateTime(2025, 3, 2, 0, 0, 0, DateTimeKind.Utc), s_settings));

    [Theory]
    [InlineData("2025-03-30T00:30:00Z", null)] // 01:30; 02:00 to 03:00 do not exist on this day
    [InlineData("2025-03-30T01:00:00Z", "2025-03-30")] // 03:00
    [InlineData("2025-10-26T00:30:00Z", "2025-10-26")] // 02:30, summer time
    [InlineData("2025-10-26T01:30:00Z", "2025-10-26")] // 02:30 again
    [InlineData("2025-10-26T06:59:00Z", "2025-10-26")] // 07:59
    [InlineData("2025-10-26T07:00:00Z", null)]
    public void Due_ClocksChange_FollowsLocalTime(string now, string? date) =>
        NightSchedule.Due(DateTimeOffset.Parse(now), new NightlyOptions { TimeZone = "Europe/Berlin" })?.Date.ShouldBe(date);

    [Fact]
    public void Due_DeadlineInTheHourThatIsLeftOut_IsTheFirstTimeAfterIt()
    {
        var options = new NightlyOptions { TimeZone = "Europe/Berlin", Start = new(0, 30), Deadline = new(2, 30) };

        NightSchedule.Due(DateTimeOffset.Parse("2025-03-30T00:00:00Z"), options)!.DeadlineUtc
            .ShouldBe(new DateTime(2025, 3, 30, 1, 0, 0, DateTimeKind.Utc));
    }

    [Fact]
    public void Due_EveryHourOfADay_IsOneNight()
    {
        var day = DateTimeOffset.Parse("2025-06-01T00:00:00Z");

        var nights = Enumerable.Range(0, 24).Select(h => NightSchedule.Due(day.AddHours(h), s_shanghai)).OfType<NightInput>().ToList();

        nights.Count.ShouldBe(6);
        nights.Distinct().Count().ShouldBe(1);
        InstanceIds.Night(nights[0].Date).ShouldBe("nightly-20250602");
    }

    [Fact]
    public void ByHand_AnyTime_IsTheLocalDateWithoutDeadline() =>
        NightSchedule.ByHand(DateTimeOffset.Parse("2025-03-01T16:30:00Z"), s_shanghai).ShouldBe(new NightInput("2025-03-02", null, s_settings));

    /// <summary>Every hour of the year in zones whose clocks change, also by half an hour and to the south: each local day has one night, which begins
    /// and ends when the clocks on the wall say so, or at the first time after one that they leave out.</summary>
    [Theory]
    [InlineData("Asia/Shanghai")]
    [InlineData("Europe/Berlin")]
    [InlineData("America/New_York")]
    [InlineData("Australia/Lord_Howe")]
    [InlineData("America/Santiago")]
    [InlineData("Asia/Kolkata")]
    public void Due_HourByHourOverBothChanges_IsOneNightADayWithItsOwnDeadline(string name)
    {
        var options = new NightlyOptions { TimeZone = name };
        var zone = TimeZoneInfo.FindSystemTimeZoneById(name);
        var begin = DateTimeOffset.Parse("2025-01-01T00:00:00Z");

        var hours = Enumerable.Range(0, 365 * 24).Select(h => begin.AddHours(h)).Select(now => (Now: now, Due: NightSchedule.Due(now, options))).Where(h => h.Due is not null).ToList();

        var nights = hours.GroupBy(h => h.Due!.Date).ToList();
        nights.Count.ShouldBeInRange(364, 366);
        foreach (var night in nights.Skip(1).SkipLast(1)) // the year may begin in the middle of one
        {
            night.Select(h => h.Due).Distinct().Count().ShouldBe(1, "one night, whichever hour starts it");
            var deadline = new DateTimeOffset(night.First().Due!.DeadlineUtc!.Value, TimeSpan.Zero);
            TimeZoneInfo.ConvertTime(deadline, zone).ToString("yyyy-MM-dd HH:mm").ShouldBe($"{night.Key} 08:00");
            night.ShouldAllBe(h => TimeZoneInfo.ConvertTime(h.Now, zone).ToString("yyyy-MM-dd") == night.Key && h.Now < deadline);

            // The hourly timer meets it within its first hour on the wall, which on a day that leaves that hour out is the next.
            TimeZoneInfo.ConvertTime(night.First().Now, zone).TimeOfDay.ShouldBeInRange(TimeSpan.FromHours(2), TimeSpan.FromHours(3.5));
        }
    }
}
