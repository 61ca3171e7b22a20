namespace LoraFunctions.Pipeline.Messages;

/// <summary>A listing to work on.</summary>
/// <param name="ListingId">Folder in <see cref="Storage.ContainerNames.VehiclePhotos"/>.</param>
/// <param name="ListingKey">Digest of the listing's files: a listing whose photos change is worked on again.</param>
public sealed record PlannedListing(string ListingId, string ModelKey, string ListingKey);
