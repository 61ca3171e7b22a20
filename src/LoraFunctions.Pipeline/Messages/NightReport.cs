namespace LoraFunctions.Pipeline.Messages;

/// <summary>The story of a night, <c>jobs/nights/{date}/report.json</c>. Input of <see cref="Activities.ActivityNames.WriteNightReport"/>.</summary>
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
    public int SchemaVersion { get; init; } = 1;
}
