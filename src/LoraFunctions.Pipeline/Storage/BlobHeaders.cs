namespace LoraFunctions.Pipeline.Storage;

/// <summary>What a browser that downloads the blob is told.</summary>
/// <param name="ContentType">E.g. <c>image/png</c>.</param>
public sealed record BlobHeaders(string ContentType, string? ContentDisposition = null, string? CacheControl = null)
{
    public static BlobHeaders Json { get; } = new("application/json");

    public static BlobHeaders Binary { get; } = new("application/octet-stream");

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
