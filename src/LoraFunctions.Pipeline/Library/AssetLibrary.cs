using LoraFunctions.Pipeline.Storage;

namespace LoraFunctions.Pipeline.Library;

/// <summary>The indexes of <see cref="ContainerNames.AssetLibrary"/>.</summary>
internal sealed class AssetLibrary(BlobStore blobs, TimeProvider time)
{
    /// <summary>
    /// Commits a night's manifest, what is made from it, and last the pointer. A night that was published already and has the same pictures keeps
    /// its manifest; one that has others now gets the next revision.
    /// </summary>
    /// <param name="pictures">In the ordinal order of their files.</param>
    /// <param name="isNight">Whether the pointer is to show it.</param>
    public async Task<BlobRef> CommitAsync(string date, IReadOnlyList<PublishedPicture> pictures, bool isNight, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var manifest = new AssetManifest(AssetManifest.CurrentSchemaVersion, date, pictures, new AssetTimes(now));
        var (committed, revision) = await Revisions.CommitAsync(
            blobs,
            ContainerNames.AssetLibrary,
            r => BlobNames.AssetIndex(date, "manifest", ".json", r),
            manifest,
            m => m with { Times = new AssetTimes(now) },
            cancellationToken);

        var csv = BlobNames.AssetIndex(date, "manifest", ".csv", revision);
        var index = BlobNames.AssetIndex(date, "index", ".html", revision);
        await PutAsync(csv, AssetCsv.Write(manifest), cancellationToken);
        await PutAsync(index, AssetPage.Write(manifest), cancellationToken);
        if (!isNight)
        {
            return committed;
        }

        var pointer = new AssetPointer(AssetPointer.CurrentSchemaVersion, date, committed.Name, csv, index, pictures.Count);
        await blobs.SwapJsonAsync<AssetPointer>(
            ContainerNames.AssetLibrary,
            BlobNames.AssetsLatest,
            there => there is not null && string.CompareOrdinal(there.Date, date) > 0 ? null : pointer,
            cancellationToken);
        return committed;
    }

    private Task PutAsync(string name, byte[] content, CancellationToken cancellationToken) =>
        blobs.PutIfAbsentAsync(ContainerNames.AssetLibrary, name, content, AssetHeaders.Index(name), cancellationToken);
}
