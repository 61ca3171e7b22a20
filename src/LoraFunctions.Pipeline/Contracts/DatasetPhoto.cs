namespace LoraFunctions.Pipeline.Contracts;

/// <summary>A photo of a data set.</summary>
/// <param name="File">Name beside <c>dataset.json</c>, unique over all listings.</param>
/// <param name="Name">Name it had below <c>vehicle-photos/{ListingId}/</c>.</param>
public sealed record DatasetPhoto(string File, string Sha256, string Caption, string ListingId, string Name);
