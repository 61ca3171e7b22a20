using Azure.Storage.Blobs.Models;

namespace LoraFunctions.Pipeline.Storage;

/// <summary>A blob after a put.</summary>
/// <param name="Created">False when the name was taken: <paramref name="Ref"/> then is what was there, whose content may differ.</param>
public sealed record StoredBlob(BlobRef Ref, bool Created);

/// <summary>A blob that was read whole.</summary>
public sealed record ReadBlob(BlobRef Ref, ReadOnlyMemory<byte> Content);

/// <summary>A blob as a listing shows it.</summary>
/// <param name="ContentMd5">As the service keeps it, base64; null where the uploader gave none.</param>
public sealed record BlobEntry(string Name, long Length, string ETag, string? ContentMd5);

/// <summary>Some of a container's blobs, in the ordinal order of their names.</summary>
/// <param name="Last">The last name in the service's own order; empty where there is none.</param>
/// <param name="Next">Where the next slice begins, the service's own word; null where this one is the last.</param>
public sealed record BlobSlice(IReadOnlyList<BlobEntry> Entries, string Last, string? Next);

/// <summary>What a browser that downloads the blob is told.</summary>
/// <param name="ContentType">E.g. <c>image/png</c>.</param>
public sealed record BlobHeaders(string ContentType, string? ContentDisposition = null, string? CacheControl = null)
{
    public static BlobHeaders Json { get; } = new("application/json");

    public static BlobHeaders Binary { get; } = new("application/octet-stream");

    internal BlobHttpHeaders ToHttp(byte[] md5) => new()
    {
        ContentHash = md5,
        ContentType = ContentType,
        ContentDisposition = ContentDisposition,
        CacheControl = CacheControl,
    };

    /// <summary>By the name's extension.</summary>
    public static BlobHeaders For(string name) => Path.GetExtension(name).ToLowerInvariant() switch
    {
        ".json" => Json,
        ".png" => new("image/png"),
        ".jpg" or ".jpeg" => new("image/jpeg"),
        ".webp" => new("image/webp"),
        ".csv" => new("text/csv; charset=utf-8"),
        ".html" => new("text/html; charset=utf-8"),
        ".yaml" or ".yml" => new("application/yaml"),
        _ => Binary,
    };
}

/// <summary>A blob that must be there is not.</summary>
public sealed class MissingBlobException : Exception
{
    public MissingBlobException(string container, string name, Uri service, Exception? inner = null)
        : base($"{container}/{name} is not there (looked in {service}).", inner)
    {
    }

    public MissingBlobException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
