using System.Text;
using System.Text.Json;
using LoraFunctions.Imaging.Gate;
using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Storage;
using Microsoft.Extensions.Options;

namespace LoraFunctions.Pipeline.Datasets;

/// <summary>
/// The data sets in <see cref="ContainerNames.Datasets"/>: <c>{modelKey}/{digest}/</c>, <c>{modelKey}/latest.json</c>, and the photos of all
/// of them once, <c>photos/{sha256}</c>.
/// </summary>
internal sealed class DatasetStore(BlobStore blobs, IOptions<GateOptions> limits, IOptions<NightlyOptions> options)
{
    /// <summary>The car model's newest; null when it has none.</summary>
    public async Task<StoredDataset?> LatestAsync(string modelKey, CancellationToken cancellationToken) =>
        await blobs.TryReadJsonAsync<DatasetPointer>(ContainerNames.Datasets, BlobNames.DatasetLatest(modelKey), cancellationToken)
            is { SchemaVersion: DatasetPointer.CurrentSchemaVersion } pointer
            ? await ReadAsync(modelKey, pointer.Digest, cancellationToken)
            : null;

    /// <exception cref="MissingBlobException">There is no such data set.</exception>
    public async Task<StoredDataset> ReadAsync(string modelKey, string digest, CancellationToken cancellationToken)
    {
        var name = BlobNames.DatasetFile(modelKey, digest, DatasetFiles.Manifest);
        var read = await blobs.TryReadAsync(ContainerNames.Datasets, name, cancellationToken)
            ?? throw new MissingBlobException(ContainerNames.Datasets, name, blobs.Uri);
        return new StoredDataset(read.Ref, BlobStoreJson.Parse<DatasetManifest>(read));
    }

    /// <summary>The newest of every car model, in the order of their keys.</summary>
    public async Task<IReadOnlyList<DatasetManifest>> AllAsync(CancellationToken cancellationToken)
    {
        var keys = (await blobs.ListFoldersAsync(ContainerNames.Datasets, cancellationToken)).Except(BlobNames.NoDatasets).ToList();
        var newest = await AtOnce.EachAsync(keys, key => LatestAsync(key, cancellationToken));
        return [.. newest.OfType<StoredDataset>().Select(d => d.Manifest)];
    }

    /// <summary>What a training reads: photos and <c>metadata.csv</c>, in the ordinal order of their names.</summary>
    public static IReadOnlyList<NamedBlob> TrainingFiles(DatasetManifest dataset) =>
    [
        .. dataset.Photos
            .Select(p => new NamedBlob(p.File, Photo(p.Sha256)))
            .Append(new NamedBlob(DatasetFiles.Metadata, File(dataset, DatasetFiles.Metadata, dataset.MetadataSha256)))
            .OrderBy(f => f.File, StringComparer.Ordinal),
    ];

    /// <summary>
    /// Takes listings in and out of the car model's newest data set and makes the result the newest; done again on what is there then, where
    /// another writer was faster. Null when the model has no data set and no listing came.
    /// </summary>
    /// <param name="left">Ids of the listings that are to leave it.</param>
    /// <param name="asOf">When the caller's night began: what a later one wrote is left alone.</param>
    public async Task<StoredDataset?> UpdateAsync(
        string modelKey,
        IReadOnlyList<LabelledListing> incoming,
        IReadOnlyCollection<string> left,
        DateTime asOf,
        CancellationToken cancellationToken)
    {
        StoredDataset? newest = null;
        await blobs.SwapJsonAsync<DatasetPointer>(
            ContainerNames.Datasets,
            BlobNames.DatasetLatest(modelKey),
            async pointer =>
            {
                newest = pointer is not { SchemaVersion: DatasetPointer.CurrentSchemaVersion } ? null : await ReadAsync(modelKey, pointer.Digest, cancellationToken);
                var leaving = left.Where(id => newest is not null && newest.Manifest.Listings.Any(l => l.ListingId == id)).ToList();
                if (PointerTimes.IsLater(pointer?.Times, asOf) || (incoming.Count == 0 && leaving.Count == 0))
                {
                    return null;
                }

                var before = newest is null ? [] : await ListingsAsync(newest.Manifest, cancellationToken);
                newest = await CommitAsync(modelKey, before, DatasetMerge.Merge(before, incoming, leaving, limits.Value, options.Value.MaxPhotos), cancellationToken);
                return new DatasetPointer(DatasetPointer.CurrentSchemaVersion, modelKey, newest.Manifest.Digest, new PointerTimes(asOf));
            },
            cancellationToken);
        return newest;
    }

    private Task<LabelledListing[]> ListingsAsync(DatasetManifest dataset, CancellationToken cancellationToken) =>
        blobs.ReadJsonAsync<LabelledListing[]>(File(dataset, DatasetFiles.Listings, dataset.ListingsSha256), cancellationToken);

    /// <summary>Commits a data set, its manifest last.</summary>
    private async Task<StoredDataset> CommitAsync(
        string modelKey,
        IReadOnlyList<LabelledListing> before,
        MergedDataset merged,
        CancellationToken cancellationToken)
    {
        var metadata = CaptionFile.Encode(merged.Photos.Select(p => new CaptionRow(p.File, p.Caption)));
        var report = Json(new DatasetGateReport(DatasetGateReport.CurrentSchemaVersion, modelKey, merged.Reports));
        var listings = Json(merged.Listings);
        // Without any listing left it is an empty data set of the car that it was.
        var vehicle = DatasetMerge.Newest(merged.Listings) ?? DatasetMerge.Newest(before)!;
        var manifest = new DatasetManifest(
            DatasetManifest.CurrentSchemaVersion,
            modelKey,
            Digests.OfFields(
                merged.Photos.Select(p => KeyValuePair.Create(p.File, p.Sha256))
                    .Append(KeyValuePair.Create(DatasetFiles.Metadata, Digests.OfBytes(metadata)))
                    .Append(KeyValuePair.Create(DatasetFiles.GateReport, Digests.OfBytes(report)))
                    .Append(KeyValuePair.Create(DatasetFiles.Listings, Digests.OfBytes(listings))))[..32],
            vehicle.Make,
            vehicle.DisplayName,
            vehicle.Segment,
            vehicle.Released,
            Digests.OfBytes(metadata),
            Digests.OfBytes(report),
            merged.Photos,
            [.. merged.Reports.Select(r => new DatasetListing(r.ListingId, r.ListingKey))]) 
        {
            ListingsSha256 = Digests.OfBytes(listings),
            Price = DatasetMerge.MedianPrice(merged.Listings),
            Features = vehicle.Features,
        };

        foreach (var photo in merged.Photos)
        {
            await KeepAsync(photo, cancellationToken);
        }

        await PutAsync(manifest, DatasetFiles.Metadata, metadata, cancellationToken);
        await PutAsync(manifest, DatasetFiles.GateReport, report, cancellationToken);
        await PutAsync(manifest, DatasetFiles.Listings, listings, cancellationToken);
        await PutAsync(manifest, DatasetFiles.GatePage, Encoding.UTF8.GetBytes(await DatasetPage.WriteAsync(blobs, manifest.DisplayName, merged, options.Value.MinPhotos, cancellationToken)), cancellationToken);
        var name = BlobNames.DatasetFile(modelKey, manifest.Digest, DatasetFiles.Manifest);
        var committed = await blobs.PutJsonIfAbsentAsync(ContainerNames.Datasets, name, manifest, cancellationToken);
        return new StoredDataset(committed.Ref, manifest);
    }

    /// <summary>Photos are kept by their content: the marketplace may change or take away its own while a data set has them.</summary>
    private async Task KeepAsync(DatasetPhoto photo, CancellationToken cancellationToken)
    {
        var kept = Photo(photo.Sha256);
        if (await blobs.StatAsync(kept.Container, kept.Name, cancellationToken) is null)
        {
            var source = new BlobRef(ContainerNames.VehiclePhotos, $"{photo.ListingId}/{photo.Name}", "", photo.Sha256);
            var content = await blobs.ReadAsync(source, cancellationToken);
            await blobs.PutIfAbsentAsync(kept.Container, kept.Name, content, BlobHeaders.For(photo.File), cancellationToken);
        }
    }

    private Task<StoredBlob> PutAsync(DatasetManifest dataset, string file, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        blobs.PutIfAbsentAsync(
            ContainerNames.Datasets,
            BlobNames.DatasetFile(dataset.ModelKey, dataset.Digest, file),
            content,
            headers: null,
            cancellationToken);

    private static byte[] Json<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, ContractJson.IndentedOptions);

    public static BlobRef Photo(string sha256) => new(ContainerNames.Datasets, BlobNames.DatasetPhoto(sha256), "", sha256);

    private static BlobRef File(DatasetManifest dataset, string file, string sha256) =>
        new(ContainerNames.Datasets, BlobNames.DatasetFile(dataset.ModelKey, dataset.Digest, file), "", sha256);
}
