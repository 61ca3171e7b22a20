using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using LoraFunctions.Pipeline.Contracts;

namespace LoraFunctions.Pipeline.Storage;

/// <summary>
/// The few things we do with blobs: put what is not there yet, read what was meant (checked by SHA-256), swap a <c>latest.json</c>, list.
/// Nothing else in the pipeline speaks to the service.
/// </summary>
public sealed class BlobStore(BlobServiceClient service)
{
    /// <summary>Metadata of every blob of ours, so that whoever finds its name taken knows the content without reading it.</summary>
    private const string ShaMetadata = "sha256";

    /// <summary>Another writer between our read and our write is rare; ten in a row is a fault.</summary>
    private const int MaxSwapTries = 10;

    /// <summary>For error messages: where this store looks.</summary>
    public Uri Uri => service.Uri;

    /// <summary>Makes every container that is not there.</summary>
    public async Task EnsureContainersAsync(CancellationToken cancellationToken)
    {
        foreach (var container in ContainerNames.All)
        {
            await service.GetBlobContainerClient(container).CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        }
    }

    /// <summary>Commits the content under its name with <c>If-None-Match: *</c>; whoever finds the name taken adopts what is there.</summary>
    public async Task<StoredBlob> PutIfAbsentAsync(
        string container,
        string name,
        ReadOnlyMemory<byte> content,
        BlobHeaders? headers,
        CancellationToken cancellationToken)
    {
        using var stream = new BinaryData(content).ToStream();
        return await PutIfAbsentAsync(container, name, stream, Digests.OfBytes(content.Span), headers, cancellationToken);
    }

    /// <summary>The same for a file of any size; it is hashed first and not sent when the name is taken.</summary>
    public async Task<StoredBlob> PutFileIfAbsentAsync(
        string container,
        string name,
        string path,
        BlobHeaders? headers,
        CancellationToken cancellationToken)
    {
        if (await StatAsync(container, name, cancellationToken) is { } there)
        {
            return new StoredBlob(there, Created: false);
        }

        await using var stream = File.OpenRead(path);
        var sha256 = Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken));
        stream.Position = 0;
        return await PutIfAbsentAsync(container, name, stream, sha256, headers, cancellationToken);
    }

    public Task<StoredBlob> PutJsonIfAbsentAsync<T>(string container, string name, T value, CancellationToken cancellationToken) =>
        PutIfAbsentAsync(container, name, JsonBytes(value), BlobHeaders.Json, cancellationToken);

    /// <summary>The blob's reference without its content; null when it is not there.</summary>
    public async Task<BlobRef?> StatAsync(string container, string name, CancellationToken cancellationToken)
    {
        var blob = Client(container, name);
        try
        {
            var properties = (await blob.GetPropertiesAsync(cancellationToken: cancellationToken)).Value;
            if (properties.Metadata.TryGetValue(ShaMetadata, out var sha256))
            {
                return new BlobRef(container, name, properties.ETag.ToString(), sha256);
            }

            var conditions = new BlobRequestConditions { IfMatch = properties.ETag };
            await using var content = await blob.OpenReadAsync(
                new BlobOpenReadOptions(allowModifications: false) { Conditions = conditions },
                cancellationToken);
            sha256 = Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancellationToken));
            return new BlobRef(container, name, properties.ETag.ToString(), sha256);
        }
        catch (RequestFailedException e) when (IsMissing(e))
        {
            return null;
        }
    }

    /// <summary>The blob's content and reference; null when it is not there.</summary>
    public async Task<ReadBlob?> TryReadAsync(string container, string name, CancellationToken cancellationToken)
    {
        try
        {
            var downloaded = (await Client(container, name).DownloadContentAsync(cancellationToken)).Value;
            var content = downloaded.Content.ToMemory();
            return new ReadBlob(new BlobRef(container, name, downloaded.Details.ETag.ToString(), Digests.OfBytes(content.Span)), content);
        }
        catch (RequestFailedException e) when (IsMissing(e))
        {
            return null;
        }
    }

    /// <exception cref="MissingBlobException">It is not there.</exception>
    /// <exception cref="InvalidDataException">Its content is not what the reference says.</exception>
    public async Task<ReadOnlyMemory<byte>> ReadAsync(BlobRef blob, CancellationToken cancellationToken)
    {
        var read = await TryReadAsync(blob.Container, blob.Name, cancellationToken) ?? throw new MissingBlobException(blob.Container, blob.Name, Uri);
        CheckSha(blob, read.Ref.Sha256);
        return read.Content;
    }

    /// <exception cref="MissingBlobException">It is not there.</exception>
    /// <exception cref="InvalidDataException">Its content is not what the reference says, or no such JSON.</exception>
    public async Task<T> ReadJsonAsync<T>(BlobRef blob, CancellationToken cancellationToken) =>
        ParseJson<T>(await ReadAsync(blob, cancellationToken), blob.Container, blob.Name);

    /// <summary>Null when it is not there.</summary>
    /// <exception cref="InvalidDataException">It is no such JSON.</exception>
    public async Task<T?> TryReadJsonAsync<T>(string container, string name, CancellationToken cancellationToken)
        where T : class =>
        await TryReadAsync(container, name, cancellationToken) is { } read ? ParseJson<T>(read.Content, container, name) : null;

    /// <summary>Streams a blob of any size into a file, which appears under its name only when it is whole and right.</summary>
    /// <exception cref="MissingBlobException">It is not there.</exception>
    /// <exception cref="InvalidDataException">Its content is not what the reference says.</exception>
    public async Task DownloadAsync(BlobRef blob, string path, CancellationToken cancellationToken)
    {
        var partial = path + ".part";
        try
        {
            using var download = (await Client(blob.Container, blob.Name).DownloadStreamingAsync(cancellationToken: cancellationToken)).Value;
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            await using (var file = File.Create(partial))
            {
                var buffer = new byte[1 << 20];
                int count;
                while ((count = await download.Content.ReadAsync(buffer, cancellationToken)) > 0)
                {
                    hash.AppendData(buffer, 0, count);
                    await file.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
                }
            }

            CheckSha(blob, Convert.ToHexStringLower(hash.GetHashAndReset()));
            File.Move(partial, path, overwrite: true);
        }
        catch (RequestFailedException e) when (IsMissing(e))
        {
            throw new MissingBlobException(blob.Container, blob.Name, Uri, e);
        }
        finally
        {
            File.Delete(partial);
        }
    }

    /// <summary>
    /// Replaces a <c>latest.json</c> under its ETag. <paramref name="update"/> gets what is there (null: nothing) and gives what shall be there,
    /// or null to leave it; it is called again when another writer was faster.
    /// </summary>
    public async Task SwapJsonAsync<T>(string container, string name, Func<T?, T?> update, CancellationToken cancellationToken)
        where T : class
    {
        for (var attempt = 1; ; attempt++)
        {
            var there = await TryReadAsync(container, name, cancellationToken);
            var value = update(there is null ? null : ParseJson<T>(there.Content, container, name));
            if (value is null)
            {
                return;
            }

            var content = JsonBytes(value);
            if (there is not null && there.Content.Span.SequenceEqual(content.Span))
            {
                return;
            }

            var conditions = there is null
                ? new BlobRequestConditions { IfNoneMatch = ETag.All }
                : new BlobRequestConditions { IfMatch = new ETag(there.Ref.ETag) };
            try
            {
                await UploadAsync(Client(container, name), new BinaryData(content).ToStream(), Digests.OfBytes(content.Span), BlobHeaders.Json, conditions, cancellationToken);
                return;
            }
            catch (RequestFailedException e) when (IsTaken(e) && attempt < MaxSwapTries)
            {
                // Another writer was faster: look again.
            }
        }
    }

    /// <summary>Every blob below a prefix, in the ordinal order of the names.</summary>
    public async Task<IReadOnlyList<BlobEntry>> ListAsync(string container, string prefix, CancellationToken cancellationToken)
    {
        var entries = new List<BlobEntry>();
        await foreach (var blob in EnumerateAsync(container, prefix, cancellationToken))
        {
            entries.Add(blob);
        }

        entries.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        return entries;
    }

    /// <summary>The names of the folders at the top of a container, without '/', in ordinal order.</summary>
    public async Task<IReadOnlyList<string>> ListFoldersAsync(string container, CancellationToken cancellationToken)
    {
        var folders = new List<string>();
        var options = new GetBlobsByHierarchyOptions { Delimiter = "/" };
        await foreach (var item in service.GetBlobContainerClient(container).GetBlobsByHierarchyAsync(options, cancellationToken))
        {
            if (item.IsPrefix)
            {
                folders.Add(item.Prefix.TrimEnd('/'));
            }
        }

        folders.Sort(StringComparer.Ordinal);
        return folders;
    }

    private async IAsyncEnumerable<BlobEntry> EnumerateAsync(string container, string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var options = new GetBlobsOptions { Prefix = prefix };
        await foreach (var item in service.GetBlobContainerClient(container).GetBlobsAsync(options, cancellationToken))
        {
            var properties = item.Properties;
            var md5 = properties.ContentHash is { Length: > 0 } hash ? Convert.ToBase64String(hash) : null;
            yield return new BlobEntry(item.Name, properties.ContentLength ?? 0, properties.ETag?.ToString() ?? "", md5);
        }
    }

    private async Task<StoredBlob> PutIfAbsentAsync(
        string container,
        string name,
        Stream content,
        string sha256,
        BlobHeaders? headers,
        CancellationToken cancellationToken)
    {
        try
        {
            var conditions = new BlobRequestConditions { IfNoneMatch = ETag.All };
            var etag = await UploadAsync(Client(container, name), content, sha256, headers ?? BlobHeaders.For(name), conditions, cancellationToken);
            return new StoredBlob(new BlobRef(container, name, etag.ToString(), sha256), Created: true);
        }
        catch (RequestFailedException e) when (IsTaken(e))
        {
            var there = await StatAsync(container, name, cancellationToken) ?? throw new MissingBlobException(container, name, Uri, e);
            return new StoredBlob(there, Created: false);
        }
    }

    private static async Task<ETag> UploadAsync(
        BlobClient blob,
        Stream content,
        string sha256,
        BlobHeaders headers,
        BlobRequestConditions conditions,
        CancellationToken cancellationToken)
    {
        var options = new BlobUploadOptions
        {
            Conditions = conditions,
            Metadata = new Dictionary<string, string> { [ShaMetadata] = sha256 },
            HttpHeaders = new BlobHttpHeaders
            {
                ContentType = headers.ContentType,
                ContentDisposition = headers.ContentDisposition,
                CacheControl = headers.CacheControl,
            },
        };
        return (await blob.UploadAsync(content, options, cancellationToken)).Value.ETag;
    }

    private BlobClient Client(string container, string name) => service.GetBlobContainerClient(container).GetBlobClient(name);

    private static ReadOnlyMemory<byte> JsonBytes<T>(T value) => System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(value, PipelineJson.IndentedOptions);

    private static T ParseJson<T>(ReadOnlyMemory<byte> content, string container, string name)
    {
        try
        {
            return PipelineJson.Deserialize<T>(content.Span);
        }
        catch (System.Text.Json.JsonException e)
        {
            throw new InvalidDataException($"{container}/{name} is no {typeof(T).Name}: {e.Message}", e);
        }
    }

    private static void CheckSha(BlobRef blob, string sha256)
    {
        if (!string.Equals(blob.Sha256, sha256, StringComparison.OrdinalIgnoreCase))
        {
            throw new InvalidDataException($"{blob.Container}/{blob.Name} has SHA-256 {sha256}; {blob.Sha256} was expected. It was changed after it was looked at.");
        }
    }

    /// <summary>A missing container is a fault of the set-up and passes, in the service's own words.</summary>
    private static bool IsMissing(RequestFailedException e) => e.Status == 404 && e.ErrorCode != BlobErrorCode.ContainerNotFound;

    /// <summary>The service says 409 for a name that is taken and 412 for an ETag that does not match any more.</summary>
    private static bool IsTaken(RequestFailedException e) =>
        e.ErrorCode == BlobErrorCode.BlobAlreadyExists || e.ErrorCode == BlobErrorCode.ConditionNotMet;
}
