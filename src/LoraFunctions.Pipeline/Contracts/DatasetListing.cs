namespace LoraFunctions.Pipeline.Contracts;

/// <summary>A listing that a data set took in, in this version.</summary>
/// <param name="ListingKey">Digest of its files.</param>
public sealed record DatasetListing(string ListingId, string ListingKey, DateTimeOffset ListedAt, bool Released);
