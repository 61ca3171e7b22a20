using Azure;
using Azure.Storage.Blobs.Models;

namespace LoraFunctions.Pipeline.Storage;

/// <summary>What there is in a container, and marks: blobs whose name says everything.</summary>
public sealed partial class BlobStore
{
    /// <summary>The service's own most for one answer.</summary>
    private const int MaxPageSize = 5_000;

    public Task RemoveAsync(string container, string name, CancellationToken cancellationToken) =>
        Client(container, name).DeleteIfExistsAsync(cancellationToken: cancellationToken);

    /// <summary>Writes an empty blob, whatever is there: its ETag is another each time.</summary>
    public Task MarkAsync(string container, string name, CancellationToken cancellationToken) =>
        GuardAsync(container, async () => await Client(container, name).UploadAsync(BinaryData.Empty, overwrite: true, cancellationToken));

    /// <summary>Removes a mark, unless it was made anew since it was listed.</summary>
    public async Task UnmarkAsync(string container, BlobEntry mark, CancellationToken cancellationToken)
    {
        try
        {
            var conditions = new BlobRequestConditions { IfMatch = new ETag(mark.ETag) };
            await Client(container, mark.Name).DeleteIfExistsAsync(conditions: conditions, cancellationToken: cancellationToken);
        }
        catch (RequestFailedException e) when (IsTaken(e))
        {
            // Somebody has something new to say.
        }
    }

    /// <summary>Every blob below a prefix, in the ordinal order of the names.</summary>
    public async Task<IReadOnlyList<BlobEntry>> ListAsync(string container, string prefix, CancellationToken cancellationToken) =>
        (await ListSliceAsync(container, prefix, after: null, int.MaxValue, cancellationToken)).Entries;

    /// <summary>Some thousands of a container's blobs, beginning where another slice has ended.</summary>
    /// <param name="after">The slice before, its <see cref="BlobSlice.Next"/>; null: from the beginning, also where the service does not know it any more.</param>
    /// <param name="atLeast">Whole answers of the service are taken, until they are so many.</param>
    public Task<BlobSlice> ListSliceAsync(string container, string prefix, string? after, int atLeast, CancellationToken cancellationToken) =>
        GuardAsync(container, async () =>
        {
            var entries = new List<BlobEntry>();
            try
            {
                var pages = service.GetBlobContainerClient(container).GetBlobsAsync(new GetBlobsOptions { Prefix = prefix }, cancellationToken);
                await foreach (var page in pages.AsPages(after, Math.Min(MaxPageSize, atLeast)))
                {
                    entries.AddRange(page.Values.Select(Entry));
                    if (entries.Count >= atLeast && page.ContinuationToken is { Length: > 0 } next)
                    {
                        return Slice(next);
                    }
                }

                return Slice(next: null);
            }
            catch (RequestFailedException e) when (e.Status == 400 && after is not null && entries.Count == 0)
            {
                return await ListSliceAsync(container, prefix, after: null, atLeast, cancellationToken);
            }

            BlobSlice Slice(string? next)
            {
                var last = entries.Count == 0 ? "" : entries[^1].Name;
                entries.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
                return new BlobSlice(entries, last, next);
            }
        });

    /// <summary>The names of the folders at the top of a container, without '/', in ordinal order.</summary>
    public Task<IReadOnlyList<string>> ListFoldersAsync(string container, CancellationToken cancellationToken) =>
        GuardAsync<IReadOnlyList<string>>(container, async () =>
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
        });

    private static BlobEntry Entry(BlobItem item)
    {
        var properties = item.Properties;
        var md5 = properties.ContentHash is { Length: > 0 } hash ? Convert.ToBase64String(hash) : null;
        return new BlobEntry(item.Name, properties.ContentLength ?? 0, properties.ETag?.ToString() ?? "", md5);
    }
}
