using LoraFunctions.Imaging.Gate;

namespace LoraFunctions.Pipeline.Listings;

/// <summary><c>gate-report.json</c> of one listing: what became of every photo, and why.</summary>
/// <param name="Photos">In the ordinal order of their names below <c>vehicle-photos/{listingId}/</c>.</param>
/// <param name="Ignored">Files that are no photos.</param>
public sealed record ListingGateReport(
    int SchemaVersion,
    string ListingId,
    string ListingKey,
    string ModelKey,
    Vehicle Vehicle,
    IReadOnlyList<GateVerdict> Photos,
    IReadOnlyList<IgnoredFile> Ignored)
{
    public const int CurrentSchemaVersion = 1;
}
