using LoraFunctions.Pipeline.Storage;

namespace LoraFunctions.Pipeline.Library;

/// <summary>What browsers are told of the asset library's files.</summary>
internal static class AssetHeaders
{
    /// <summary>Names are never overwritten, so a copy never gets old; private, because the container is.</summary>
    public const string Immutable = "private, max-age=31536000, immutable";

    /// <summary>A picture is saved under a name that says what it shows, in any script (RFC 6266, RFC 8187).</summary>
    public static BlobHeaders Picture(string pair, string file) =>
        BlobHeaders.For(file) with { ContentDisposition = $"attachment; filename*=UTF-8''{Uri.EscapeDataString($"{pair}-{file}")}", CacheControl = Immutable };

    public static BlobHeaders Index(string file) => BlobHeaders.For(file) with { CacheControl = Immutable };
}
