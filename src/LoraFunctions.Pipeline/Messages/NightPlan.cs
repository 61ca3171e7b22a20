namespace LoraFunctions.Pipeline.Messages;

/// <summary>
/// What one night works on. It is stored under the night's date, so that a night started again after a crash works on the same listings;
/// what is listed later belongs to the next night.
/// </summary>
/// <param name="Settings">The options as they were when the night was planned: workflows read no configuration.</param>
/// <param name="Listings">Listings that are new or changed since a data set took them in, oldest first.</param>
/// <param name="ModelKeys">Car models to look at: those of the listings, and those that have a data set already.</param>
/// <param name="Problems">Listings that could not be planned, e.g. for a broken <c>vehicle.json</c>.</param>
public sealed record NightPlan(
    string Date,
    NightSettings Settings,
    IReadOnlyList<PlannedListing> Listings,
    IReadOnlyList<string> ModelKeys,
    IReadOnlyList<ReportedProblem> Problems)
{
    public int SchemaVersion { get; init; } = 1;
}
