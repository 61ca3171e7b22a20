using System.Collections.Concurrent;
using System.Xml;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace LoraFunctions.Pipeline.Storage;

/// <summary>
/// The few things we do with blobs: put what is not there yet, read what was meant (checked by SHA-256), replace under an ETag, list.
/// Nothing else in the pipeline speaks to the service. JSON is <see cref="BlobStoreJson"/>'s.
/// </summary>
public sealed partial class BlobStore(BlobServiceClient service)
{
    private const int MaxRememberedDigests = 10_000;

    /// <summary>Digests of blobs without one of ours, by name; they were read to the end for it.</summary>
    private readonly ConcurrentDictionary<string, BlobRef> _hashed = new(StringComparer.Ordinal);

    /// <summary>For error messages: where this store looks, without the signature of a shared access.</summary>
    public Uri Uri { get; } = new(service.Uri.GetLeftPart(UriPartial.Path));

    /// <summary>Makes every container that is not there.</summary>
    /// <param name="needed">All that the caller goes on to use, where it may not be allowed to make the others; null: every one.</param>
    public async Task EnsureContainersAsync(CancellationToken cancellationToken, string? needed = null)
    {
        foreach (var container in ContainerNames.All)
        {
            try
            {
                await service.GetBlobContainerClient(container).CreateIfNotExistsAsync(cancellationToken: cancellationToken);
            }
            catch (RequestFailedException e) when (e.Status == 403 && needed is not null && container != needed)
            {
                // Whoever made this storage has made it.
            }
        }
    }

    /// <summary>Commits the content under its name with <c>If-None-Match: *</c>; whoever finds the name taken adopts what is there.</summary>
    /// <param name="headers">Null: by the name's extension.</param>
    public async Task<StoredBlob> PutIfAbsentAsync(
        string container,
        string name,
        ReadOnlyMemory<byte> content,
        BlobHeaders? headers,
        CancellationToken cancellationToken)
    {
        using var stream = new BinaryData(content).ToStream();
        return await PutIfAbsentAsync(container, name, stream, headers, cancellationToken);
    }

    /// <summary>The same for a file of any size; it is not sent when the name is taken, and goes on where an upload broke off.</summary>
    /// <param name="progress">Told how many bytes of a large file the service has.</param>
    public async Task<StoredBlob> PutFileIfAbsentAsync(
        string container,
        string name,
        string path,
        BlobHeaders? headers,
        CancellationToken cancellationToken,
        IProgress<long>? progress = null)
    {
        if (await StatAsync(container, name, cancellationToken) is { } there)
        {
            return new StoredBlob(there, Created: false);
        }

        await using var stream = File.OpenRead(path);
        return await PutIfAbsentAsync(container, name, stream, headers, cancellationToken, progress);
    }

    /// <summary>Writes the content if the blob is still what <paramref name="there"/> is; null: if there is none. Null when another writer was faster.</summary>
    public Task<BlobRef?> TryReplaceAsync(
        string container,
        string name,
        ReadOnlyMemory<byte> content,
        BlobRef? there,
        BlobHeaders headers,
        CancellationToken cancellationToken) =>
        GuardAsync<BlobRef?>(container, async () =>
        {
            var conditions = there is null
                ? new BlobRequestConditions { IfNoneMatch = ETag.All }
                : new BlobRequestConditions { IfMatch = new ETag(there.ETag) };
            using var stream = new BinaryData(content).ToStream();
            var digest = await ContentDigest.OfAsync(stream, cancellationToken);
            try
            {
                var etag = await BlockUpload.SendAsync(service.GetBlobContainerClient(container), name, stream, digest, headers, conditions, cancellationToken);
                return new BlobRef(container, name, etag.ToString(), digest.Sha256);
            }
            catch (RequestFailedException e) when (IsTaken(e))
            {
                // Ours, where the answer to a first try was lost; else another's.
                return await StatAsync(container, name, cancellationToken) is { } now && now.Sha256 == digest.Sha256 && now.ETag != there?.ETag
                    ? now
                    : null;
            }
        });

    /// <summary>The blob's reference; its content is read only where no digest of ours lies beside it. Null when it is not there.</summary>
    public Task<BlobRef?> StatAsync(string container, string name, CancellationToken cancellationToken) =>
        GuardAsync<BlobRef?>(container, async () =>
        {
            try
            {
                var blob = Client(container, name);
                var properties = (await blob.GetPropertiesAsync(cancellationToken: cancellationToken)).Value;
                var etag = properties.ETag.ToString();
                if (ContentDigest.Sha256Of(properties) is { } sha256)
                {
                    return new BlobRef(container, name, etag, sha256);
                }

                if (_hashed.TryGetValue($"{container}/{name}", out var known) && known.ETag == etag)
                {
                    return known;
                }

                var options = new BlobOpenReadOptions(allowModifications: false)
                {
                    Conditions = new BlobRequestConditions { IfMatch = properties.ETag },
                };
                await using var content = await blob.OpenReadAsync(options, cancellationToken);
                return Remember(new BlobRef(container, name, etag, await Digests.OfStreamAsync(content, cancellationToken)));
            }
            catch (RequestFailedException e) when (IsMissing(e))
            {
                return null;
            }
        });

    /// <summary>Whether a blob is there, whatever is in it.</summary>
    public async Task<bool> ExistsAsync(string container, string name, CancellationToken cancellationToken) =>
        await Client(container, name).ExistsAsync(cancellationToken);

    /// <summary>The blob's content and reference; null when it is not there.</summary>
    public Task<ReadBlob?> TryReadAsync(string container, string name, CancellationToken cancellationToken) =>
        GuardAsync<ReadBlob?>(container, async () =>
        {
            try
            {
                var downloaded = (await Client(container, name).DownloadContentAsync(cancellationToken)).Value;
                var content = downloaded.Content.ToMemory();
                var blob = new BlobRef(container, name, downloaded.Details.ETag.ToString(), Digests.OfBytes(content.Span));
                return new ReadBlob(Remember(blob), content);
            }
            catch (RequestFailedException e) when (IsMissing(e))
            {
                return null;
            }
        });

    /// <exception cref="MissingBlobException">It is not there.</exception>
    /// <exception cref="InvalidDataException">Its content is not what the reference says.</exception>
    public async Task<ReadOnlyMemory<byte>> ReadAsync(BlobRef blob, CancellationToken cancellationToken)
    {
        var read = await TryReadAsync(blob.Container, blob.Name, cancellationToken) ?? throw new MissingBlobException(blob.Container, blob.Name, Uri);
        CheckSha(blob, read.Ref.Sha256);
        return read.Content;
    }

    /// <summary>Streams a blob of any size into a file, which appears under its name only when it is whole and right.</summary>
    /// <exception cref="MissingBlobException">It is not there.</exception>
    /// <exception cref="InvalidDataException">Its content is not what the reference says.</exception>
    public async Task DownloadAsync(BlobRef blob, string path, CancellationToken cancellationToken)
    {
        try
        {
            using var download = (await Client(blob.Container, blob.Name).DownloadStreamingAsync(cancellationToken: cancellationToken)).Value;
            await WholeFile.WriteAsync(path, async file =>
            {
                await download.Content.CopyToAsync(file, cancellationToken);
                file.Position = 0;
                CheckSha(blob, await Digests.OfStreamAsync(file, cancellationToken));
            });
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            throw new MissingBlobException(blob.Container, blob.Name, Uri, e);
        }
    }

    private Task<StoredBlob> PutIfAbsentAsync(
        string container,
        string name,
        Stream content,
        BlobHeaders? headers,
        CancellationToken cancellationToken,
        IProgress<long>? progress = null) =>
        GuardAsync(container, async () =>
        {
            var digest = await ContentDigest.OfAsync(content, cancellationToken);
            try
            {
                var conditions = new BlobRequestConditions { IfNoneMatch = ETag.All };
                var etag = await BlockUpload.SendAsync(service.GetBlobContainerClient(container), name, content, digest, headers ?? BlobHeaders.For(name), conditions, cancellationToken, progress);
                return new StoredBlob(new BlobRef(container, name, etag.ToString(), digest.Sha256), Created: true);
            }
            catch (RequestFailedException e) when (IsTaken(e))
            {
                var there = await StatAsync(container, name, cancellationToken) ?? throw new MissingBlobException(container, name, Uri, e);
                return new StoredBlob(there, Created: false);
            }
        });

    private BlobRef Remember(BlobRef blob)
    {
        if (_hashed.Count >= MaxRememberedDigests)
        {
            _hashed.Clear();
        }

        return _hashed[$"{blob.Container}/{blob.Name}"] = blob;
    }

    private BlobClient Client(string container, string name) => service.GetBlobContainerClient(container).GetBlobClient(name);

    /// <summary>What is a fault of the set-up is said as one, with what to do.</summary>
    private async Task<T> GuardAsync<T>(string container, Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (RequestFailedException e) when (e.ErrorCode == BlobErrorCode.ContainerNotFound)
        {
            throw new MissingBlobException($"There is no container '{container}' in {Uri}. Make the pipeline's containers first: {string.Join(", ", ContainerNames.All)}.", e);
        }
        catch (XmlException e)
        {
            // Azure encodes such names; Azurite writes them as they are, which no reader of XML takes.
            throw new InvalidDataException($"The list of the blobs in '{container}' of {Uri} cannot be read: a name there holds a control character. Rename or remove that blob.", e);
        }
    }

    private static void CheckSha(BlobRef blob, string sha256)
    {
        if (!string.Equals(blob.Sha256, sha256, StringComparison.OrdinalIgnoreCase))
        {
            throw new InvalidDataException($"{blob.Container}/{blob.Name} has SHA-256 {sha256}; {blob.Sha256} was expected. It was changed after it was looked at.");
        }
    }

    private static bool IsMissing(RequestFailedException e) => e.Status == 404 && e.ErrorCode != BlobErrorCode.ContainerNotFound;

    /// <summary>The service says 409 for a name that is taken and 412 for an ETag that does not match any more.</summary>
    private static bool IsTaken(RequestFailedException e) =>
        e.ErrorCode == BlobErrorCode.BlobAlreadyExists || e.ErrorCode == BlobErrorCode.ConditionNotMet;
}
