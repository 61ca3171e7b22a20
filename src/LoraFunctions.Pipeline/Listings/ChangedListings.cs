using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Storage;
using Microsoft.Extensions.Options;

namespace LoraFunctions.Pipeline.Listings;

/// <summary>
/// Which listings a night looks at, so that its cost grows with what is new and not with the archive. First those with a mark: an empty blob in
/// <see cref="ContainerNames.ChangedListings"/>, made by whoever changes a listing (in Azure by Event Grid's word, see
/// <see cref="Api.ListingEvents"/>). Then some thousands of blobs of the archive in turn, so that what nobody marked is found all the same; what is found
/// there gets a mark. A mark goes when a night sees that nothing is left to do, and under its ETag: what changes meanwhile makes it anew.
/// </summary>
internal sealed class ChangedListings(BlobStore blobs, IOptions<NightlyOptions> options)
{
    /// <summary>A listing changed.</summary>
    public Task MarkAsync(string listingId, CancellationToken cancellationToken) =>
        blobs.MarkAsync(ContainerNames.ChangedListings, listingId, cancellationToken);

    /// <summary>Marks of the listings that changed, in the ordinal order of their ids.</summary>
    public Task<IReadOnlyList<BlobEntry>> MarksAsync(CancellationToken cancellationToken) =>
        blobs.ListAsync(ContainerNames.ChangedListings, prefix: "", cancellationToken);

    public Task UnmarkAsync(BlobEntry mark, CancellationToken cancellationToken) =>
        blobs.UnmarkAsync(ContainerNames.ChangedListings, mark, cancellationToken);

    /// <summary>A listing's folder as it is now; null where it has no files.</summary>
    public async Task<ListingFolder?> FolderAsync(string listingId, CancellationToken cancellationToken) =>
        ListingFolder.Group(await blobs.ListAsync(ContainerNames.VehiclePhotos, $"{listingId}/", cancellationToken)).SingleOrDefault();

    /// <summary>The archive's next folders, each whole.</summary>
    public async Task<ArchiveSlice> NextOfArchiveAsync(CancellationToken cancellationToken)
    {
        var from = await blobs.TryReadJsonAsync<ArchiveRound>(ContainerNames.Jobs, BlobNames.ArchiveRound, cancellationToken);
        var slice = await blobs.ListSliceAsync(
            ContainerNames.VehiclePhotos, prefix: "", from?.Next, options.Value.ArchiveBlobsPerNight, cancellationToken);

        // The slice before may have ended within the first folder, which was looked at whole then; this one may end within its last.
        var folders = ListingFolder.Group(slice.Entries).Where(f => f.ListingId != from?.Last).ToList();
        if (slice.Next is null)
        {
            return new ArchiveSlice(folders, from is { Next: not null } ? new ArchiveRound(null, null) : null);
        }

        var last = slice.Last[..Math.Max(0, slice.Last.IndexOf('/'))];
        if (last.Length > 0 && folders.RemoveAll(f => f.ListingId == last) > 0 && await FolderAsync(last, cancellationToken) is { } whole)
        {
            folders.Add(whole);
        }

        return new ArchiveSlice(folders, new ArchiveRound(slice.Next, last.Length > 0 ? last : null));
    }

    /// <summary>The next night goes on behind a slice whose listings have their marks.</summary>
    public Task GoOnBehindAsync(ArchiveSlice slice, CancellationToken cancellationToken) =>
        blobs.SwapJsonAsync<ArchiveRound>(ContainerNames.Jobs, BlobNames.ArchiveRound, _ => slice.Then, cancellationToken);
}

/// <summary>Some of the archive.</summary>
/// <param name="Then">Where the next night goes on; null: where this one did.</param>
internal sealed record ArchiveSlice(IReadOnlyList<ListingFolder> Folders, ArchiveRound? Then);

/// <summary><c>jobs/nights/archive-round.json</c>.</summary>
/// <param name="Next">The service's own word for where the next slice begins; null: at the beginning.</param>
/// <param name="Last">The folder that was looked at last; its end may lie in the next slice.</param>
internal sealed record ArchiveRound(string? Next, string? Last);
