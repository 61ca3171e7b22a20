namespace LoraFunctions.Showroom.Listings;

/// <summary>A file of the demo.</summary>
/// <param name="Path">With forward slashes, the listing's folder first: <c>demo-aurora-1/img01.jpg</c>.</param>
public sealed record DemoFile(string Path, byte[] Content);
