namespace LoraFunctions.Pipeline.Contracts;

/// <summary><c>datasets/{modelKey}/{digest}/dataset.json</c>, committed last: a folder without it is not there.</summary>
/// <param name="Digest">Over the names and contents of every file beside it.</param>
/// <param name="Released">As the newest listing says.</param>
/// <param name="Photos">In the order of their names, as in <c>metadata.csv</c>.</param>
/// <param name="Listings">Every listing that was taken in, also those whose photos were all rejected.</param>
public sealed record DatasetManifest(
    int SchemaVersion,
    string ModelKey,
    string Digest,
    string Make,
    string DisplayName,
    string Segment,
    bool Released,
    string MetadataSha256,
    IReadOnlyList<DatasetPhoto> Photos,
    IReadOnlyList<DatasetListing> Listings)
{
    public const int CurrentSchemaVersion = 1;
}
