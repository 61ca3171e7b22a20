namespace LoraFunctions.Pipeline.Contracts;

/// <summary>The gate's word on one photo.</summary>
/// <param name="Name">Blob name below <c>vehicle-photos/{listingId}/</c>.</param>
/// <param name="Width">In pixels after EXIF orientation; 0 when unreadable.</param>
/// <param name="Sharpness">The gate's measure; null when it was not reached.</param>
/// <param name="Reasons">Why it was rejected, each with value and limit; empty when it was accepted.</param>
public sealed record GatedPhoto(string Name, string Sha256, bool Accepted, int Width, int Height, double? Sharpness, IReadOnlyList<string> Reasons);
