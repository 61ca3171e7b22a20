namespace LoraFunctions.Pipeline.Contracts;

/// <summary><c>gate-report.json</c> of one listing: what became of every photo, and why.</summary>
/// <param name="Photos">In the order of their names.</param>
public sealed record GateReport(
    int SchemaVersion,
    string ListingId,
    string ListingKey,
    string ModelKey,
    Vehicle Vehicle,
    IReadOnlyList<GatedPhoto> Photos)
{
    public const int CurrentSchemaVersion = 1;
}
