using LoraFunctions.Pipeline.Listings;
using LoraFunctions.Pipeline.Storage;

namespace LoraFunctions.Pipeline.Datasets;

/// <summary>The files of a data set; its photos lie once for all data sets, below <c>photos/</c>.</summary>
public static class DatasetFiles
{
    /// <summary>Rows <c>img01.jpg,"Tesla Model Y, hidden door handles, black roof, side view, daylight"</c>, no heading.</summary>
    public const string Metadata = "metadata.csv";

    /// <summary>A <see cref="DatasetGateReport"/>: what became of every photo, for people.</summary>
    public const string GateReport = "gate-report.json";

    /// <summary>The same to look at, with small pictures; made of the report, and no part of the digest.</summary>
    public const string GatePage = "gate-report.html";

    /// <summary>A list of <see cref="LabelledListing"/>: what the data set is made from, and the next one is.</summary>
    public const string Listings = "listings.json";

    /// <summary>A <see cref="DatasetManifest"/>.</summary>
    public const string Manifest = "dataset.json";
}

/// <summary><c>datasets/{modelKey}/{digest}/dataset.json</c>, committed last: a folder without it is not there.</summary>
/// <param name="Digest">Over the names and contents of the photos and of every file beside it.</param>
/// <param name="Make">As the newest listing has it; so with display name, segment and released.</param>
/// <param name="Photos">In the ordinal order of their files, as in <c>metadata.csv</c>.</param>
/// <param name="Listings">Every listing that is in it, also those whose photos were all rejected; in the order of their ids.</param>
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
    public const int CurrentSchemaVersion = 2;

    /// <summary>Since version 2.</summary>
    public string ListingsSha256 { get; init; } = "";

    /// <summary>The median of its listings' prices; 0 where none has one.</summary>
    public decimal Price { get; init; }

    /// <summary>What prompts may say about the car, as the newest listing has it.</summary>
    public IReadOnlyList<string> Features { get; init; } = [];
}

/// <summary>A photo of a data set.</summary>
/// <param name="File">Its name for the training, unique over all listings.</param>
/// <param name="Sha256">Of its content, and its name below <c>datasets/photos/</c>.</param>
/// <param name="PixelDigest">Equal pixels are taken in once.</param>
/// <param name="ListingId">Where it comes from.</param>
/// <param name="Name">Name it had below <c>vehicle-photos/{ListingId}/</c>.</param>
public sealed record DatasetPhoto(string File, string Sha256, string PixelDigest, string Caption, string ListingId, string Name);

/// <summary>A listing that a data set took in.</summary>
/// <param name="ListingKey">Digest of its files and of the gate's limits: the version that was taken in.</param>
public sealed record DatasetListing(string ListingId, string ListingKey);

/// <summary><c>datasets/{modelKey}/latest.json</c>.</summary>
public sealed record DatasetPointer(int SchemaVersion, string ModelKey, string Digest, PointerTimes? Times = null)
{
    /// <summary>1 had every photo once more and forgot what its listings were: such a data set is made anew.</summary>
    public const int CurrentSchemaVersion = 2;
}

/// <summary>A committed data set.</summary>
/// <param name="Ref">Its <c>dataset.json</c>.</param>
internal sealed record StoredDataset(BlobRef Ref, DatasetManifest Manifest);

/// <summary><c>gate-report.json</c> of a data set: the reports of all its listings, in the order of their ids.</summary>
public sealed record DatasetGateReport(int SchemaVersion, string ModelKey, IReadOnlyList<ListingGateReport> Listings)
{
    public const int CurrentSchemaVersion = 1;
}
