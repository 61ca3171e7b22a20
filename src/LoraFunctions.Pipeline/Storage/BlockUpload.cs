using System.Security.Cryptography;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace LoraFunctions.Pipeline.Storage;

/// <summary>
/// Sends content of gigabytes in blocks. The service keeps blocks that belong to no blob yet for a week, so an upload that broke off goes on with
/// those that are missing. A block is named by its place and its content: nothing of another version of the file gets in.
/// </summary>
internal static class BlockUpload
{
    /// <summary>What is no larger goes in one request. 16 MiB: seconds on a slow line, and 50,000 of them are far more than any model.</summary>
    public const int BlockBytes = 16 << 20;

    /// <summary>The service wants names of one length; this many digits of the digest are enough to tell contents apart.</summary>
    private const int DigestDigits = 32;

    /// <summary>In one request or in blocks, as large as it is.</summary>
    /// <param name="content">At its beginning.</param>
    /// <param name="digest">Of the content, as it was read before.</param>
    /// <param name="progress">Told how many bytes of a large content the service has.</param>
    /// <exception cref="IOException">The content is not what it was when it was hashed.</exception>
    public static async Task<ETag> SendAsync(
        BlobContainerClient container,
        string name,
        Stream content,
        ContentDigest digest,
        BlobHeaders headers,
        BlobRequestConditions conditions,
        CancellationToken cancellationToken,
        IProgress<long>? progress = null)
    {
        var options = new BlobUploadOptions { Conditions = conditions, Metadata = digest.Metadata, HttpHeaders = headers.ToHttp(digest.Md5) };
        return content.Length > BlockBytes
            ? await SendBlocksAsync(container.GetBlockBlobClient(name), content, digest.Sha256, options, progress, cancellationToken)
            : (await container.GetBlobClient(name).UploadAsync(content, options, cancellationToken)).Value.ETag;
    }

    private static async Task<ETag> SendBlocksAsync(
        BlockBlobClient blob,
        Stream content,
        string sha256,
        BlobUploadOptions options,
        IProgress<long>? progress,
        CancellationToken cancellationToken)
    {
        var there = await UncommittedAsync(blob, cancellationToken);
        using var whole = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var blocks = new List<string>();
        var buffer = new byte[BlockBytes];
        int count;
        while ((count = await content.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken)) > 0)
        {
            var block = buffer.AsMemory(0, count);
            whole.AppendData(block.Span);
            var name = Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes($"{blocks.Count:D6}-{Digests.OfBytes(block.Span)[..DigestDigits]}"));
            if (!there.Contains(name))
            {
                using var stream = new MemoryStream(buffer, 0, count, writable: false);
                await blob.StageBlockAsync(name, stream, cancellationToken: cancellationToken);
            }

            blocks.Add(name);
            progress?.Report(content.Position);
        }

        var commit = new CommitBlockListOptions { Conditions = options.Conditions, Metadata = options.Metadata, HttpHeaders = options.HttpHeaders };
        return Convert.ToHexStringLower(whole.GetHashAndReset()) == sha256
            ? (await blob.CommitBlockListAsync(blocks, commit, cancellationToken)).Value.ETag
            : throw new IOException($"What was to become {blob.BlobContainerName}/{blob.Name} was changed while it was sent; nothing was stored under that name. Send it again.");
    }

    private static async Task<HashSet<string>> UncommittedAsync(BlockBlobClient blob, CancellationToken cancellationToken)
    {
        try
        {
            var list = await blob.GetBlockListAsync(BlockListTypes.Uncommitted, cancellationToken: cancellationToken);
            return [.. list.Value.UncommittedBlocks.Select(block => block.Name)];
        }
        catch (RequestFailedException e) when (e.ErrorCode == BlobErrorCode.BlobNotFound)
        {
            return [];
        }
    }
}
