using LoraFunctions.Pipeline.Listings;

namespace LoraFunctions.Pipeline.Datasets;

/// <summary><c>gate-report.json</c> of a data set: the reports of all its listings, in the order of their ids.</summary>
public sealed record DatasetGateReport(int SchemaVersion, string ModelKey, IReadOnlyList<ListingGateReport> Listings)
{
    public const int CurrentSchemaVersion = 1;
}
