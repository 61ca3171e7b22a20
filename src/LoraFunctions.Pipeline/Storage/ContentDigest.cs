using System.Globalization;
using System.Security.Cryptography;
using Azure.Storage.Blobs.Models;

namespace LoraFunctions.Pipeline.Storage;

/// <summary>What identifies a content to us (SHA-256) and to the service (MD5, length), from one pass over it.</summary>
internal sealed record ContentDigest(string Sha256, byte[] Md5, long Length)
{
    private const int MaxBufferBytes = 1 << 20;

    private const string Sha256Key = "sha256";

    /// <summary>
    /// What the digest beside it was made of, as <c>length MD5</c>. A tool that edits a blob in place may keep its metadata; the service's own
    /// length and MD5 then differ from these, and the digest counts for nothing.
    /// </summary>
    private const string OfKey = "sha256_of";

    /// <summary>Metadata of every blob of ours, so that whoever finds its name taken knows the content without reading it.</summary>
    public Dictionary<string, string> Metadata => new() { [Sha256Key] = Sha256, [OfKey] = Mark(Length, Md5) };

    /// <summary>Null where the metadata has no digest, or one of another content.</summary>
    public static string? Sha256Of(BlobProperties properties) =>
        properties.Metadata.TryGetValue(Sha256Key, out var sha256)
            && properties.Metadata.TryGetValue(OfKey, out var of)
            && properties.ContentHash is { } md5
            && of == Mark(properties.ContentLength, md5)
            ? sha256
            : null;

    /// <summary>Leaves the stream at its beginning.</summary>
    public static async Task<ContentDigest> OfAsync(Stream content, CancellationToken cancellationToken)
    {
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        var buffer = new byte[Math.Clamp(content.Length, 1, MaxBufferBytes)];
        int count;
        while ((count = await content.ReadAsync(buffer, cancellationToken)) > 0)
        {
            sha256.AppendData(buffer, 0, count);
            md5.AppendData(buffer, 0, count);
        }

        content.Position = 0;
        return new ContentDigest(Convert.ToHexStringLower(sha256.GetHashAndReset()), md5.GetHashAndReset(), content.Length);
    }

    private static string Mark(long length, byte[] md5) => string.Create(CultureInfo.InvariantCulture, $"{length} {Convert.ToHexStringLower(md5)}");
}
