namespace LoraFunctions.Pipeline.Datasets;

/// <summary>A listing that a data set took in.</summary>
/// <param name="ListingKey">Digest of its files: the version that was taken in.</param>
public sealed record DatasetListing(string ListingId, string ListingKey);
