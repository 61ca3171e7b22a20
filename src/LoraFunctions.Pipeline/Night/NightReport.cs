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
    /// <summary>
    /// Everything that failed, once for each reason: a file that is missing in the configuration fails every listing and is one thing to put right.
    /// A model that waits for photos, or whose training was carried over, did not fail.
    /// </summary>
    public IReadOnlyList<ReportedProblem> Failed() =>
    [
        .. Problems
            .Concat(Listings.Where(l => l.Status == ListingStatus.Failed).Select(l => new ReportedProblem($"listing {l.ListingId}", l.Reason ?? "")))
            .Concat(Models.Where(m => m.Status == CarModelStatus.Failed).Select(m => new ReportedProblem(m.DisplayName, m.Reason ?? "")))
            .Concat(Comparisons.Where(c => c.Status != JobOutcomeStatus.Succeeded).Select(c => new ReportedProblem($"{c.Left} vs {c.Right}, {c.Scene}", c.Reason ?? "")))
            .GroupBy(p => p.Reason)
            .Select(p => p.First() with { Subject = p.Count() == 1 ? p.First().Subject : $"{p.First().Subject} and {p.Count() - 1} more" }),
    ];
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
