namespace LoraFunctions.Pipeline.Datasets;

/// <summary>A photo of a data set.</summary>
/// <param name="File">Name beside <c>dataset.json</c>, unique over all listings.</param>
/// <param name="PixelDigest">Equal pixels are taken in once.</param>
/// <param name="ListingId">Where it comes from.</param>
/// <param name="Name">Name it had below <c>vehicle-photos/{ListingId}/</c>.</param>
public sealed record DatasetPhoto(string File, string Sha256, string PixelDigest, string Caption, string ListingId, string Name);
