namespace LoraFunctions.Pipeline.Datasets;

/// <summary><c>datasets/{modelKey}/{digest}/dataset.json</c>, committed last: a folder without it is not there.</summary>
/// <param name="Digest">Over the names and contents of every file beside it.</param>
/// <param name="Make">As the newest listing has it; so with display name, segment and released.</param>
/// <param name="Photos">In the ordinal order of their files, as in <c>metadata.csv</c>.</param>
/// <param name="Listings">Every listing that was taken in, also those whose photos were all rejected; in the order of their ids.</param>
public sealed record DatasetManifest(
    int SchemaVersion,
    string ModelKey,
    string Digest,
    string Make,
    string DisplayName,
    string Segment,
    bool Released,
    string MetadataSha256,
    string GateReportSha256,
    IReadOnlyList<DatasetPhoto> Photos,
    IReadOnlyList<DatasetListing> Listings)
{
    public const int CurrentSchemaVersion = 1;
}
