namespace LoraFunctions.Pipeline.Api;

/// <summary>Names of the functions that answer the world; a host's logs and keys carry them.</summary>
public static class TriggerNames
{
    public const string StartNight = nameof(StartNight);

    public const string PurgeHistory = nameof(PurgeHistory);

    public const string RaiseJobEvent = nameof(RaiseJobEvent);

    public const string MarkListing = nameof(MarkListing);

    public const string TrainingsHttp = nameof(TrainingsHttp);

    public const string ComparisonsHttp = nameof(ComparisonsHttp);

    public const string NightsHttp = nameof(NightsHttp);

    public const string LibraryHttp = nameof(LibraryHttp);

    public const string UploadsHttp = nameof(UploadsHttp);

    public const string HealthHttp = nameof(HealthHttp);

    public const string OpenApiHttp = nameof(OpenApiHttp);
}

/// <summary>When the timers fire, in UTC: <c>second minute hour day month weekday</c>.</summary>
public static class TriggerSchedules
{
    /// <summary>Every hour; whether a night is due then is <see cref="Night.NightSchedule"/>'s to say, in its own time zone.</summary>
    public const string StartNight = "0 0 * * * *";

    /// <summary>Once a day, in the afternoon of the default time zone, when no night runs.</summary>
    public const string PurgeHistory = "0 30 7 * * *";

    /// <summary>How long the histories of orchestrations that ended are kept: long enough to look back at a month of nights.</summary>
    public static readonly TimeSpan HistoryRetention = TimeSpan.FromDays(30);
}
