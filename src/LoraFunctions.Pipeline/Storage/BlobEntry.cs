namespace LoraFunctions.Pipeline.Storage;

/// <summary>A blob as a listing shows it.</summary>
/// <param name="ContentMd5">As the service keeps it, base64; null where the uploader gave none.</param>
public sealed record BlobEntry(string Name, long Length, string ETag, string? ContentMd5);
