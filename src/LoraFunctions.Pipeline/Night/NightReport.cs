using LoraFunctions.Pipeline.Comparisons;
using LoraFunctions.Pipeline.Jobs;
using LoraFunctions.Pipeline.Listings;
using LoraFunctions.Pipeline.Training;

namespace LoraFunctions.Pipeline.Night;

/// <summary>The story of a night, <c>jobs/nights/{date}/report.json</c>. Input of <see cref="WriteNightReport"/>.</summary>
/// <param name="Problems">What has no other place: listings that could not be planned, stages that failed, pairs left out.</param>
/// <param name="Manifest">Name of the published manifest in <c>asset-library</c>; null when no picture was published.</param>
/// <param name="Times">What differs between two equal nights; set when it is stored.</param>
public sealed record NightReport(
    string Date,
    NightStatus Status,
    IReadOnlyList<ListingOutcome> Listings,
    IReadOnlyList<CarModelOutcome> Models,
    IReadOnlyList<ComparisonOutcome> Comparisons,
    IReadOnlyList<ReportedProblem> Problems,
    int Pictures,
    string? Manifest,
    NightTimes? Times = null)
{
    /// <summary>Everything that failed. A model that waits for photos, or whose training was carried over, did not.</summary>
    public int Failures() =>
        Problems.Count
        + Listings.Count(l => l.Status == ListingStatus.Failed)
        + Models.Count(m => m.Status == CarModelStatus.Failed)
        + Comparisons.Count(c => c.Status != JobOutcomeStatus.Succeeded);
}

/// <summary>When a night ended.</summary>
public sealed record NightTimes(DateTimeOffset EndedAt);

/// <summary>Something a person should know of.</summary>
/// <param name="Subject">What it is about: a blob, a listing, a pair.</param>
/// <param name="Reason">What is wrong and what to do.</param>
public sealed record ReportedProblem(string Subject, string Reason)
{
    public string Reason { get; init; } = Secrets.Redact(Reason);
}

/// <summary>How a night ended.</summary>
public enum NightStatus
{
    Succeeded,

    /// <summary>It ran to its end; something failed on the way and is named in the report.</summary>
    SucceededWithProblems,

    /// <summary>It could not be planned, or nothing could be published; it failed for the engine, too, and is started again.</summary>
    Failed,
}

/// <summary>Result of <see cref="NightOrchestrator"/>; the whole story is in <see cref="Report"/>.</summary>
/// <param name="Report">A <see cref="NightReport"/> as JSON.</param>
/// <param name="Manifest">Name of the published manifest in <c>asset-library</c>; null when no picture was published.</param>
public sealed record NightOutcome(string Date, NightStatus Status, int Pictures, int Problems, BlobRef Report, string? Manifest);
