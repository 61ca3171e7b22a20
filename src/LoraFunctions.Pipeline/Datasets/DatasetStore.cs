using System.Text.Json;
using LoraFunctions.Pipeline.Storage;

namespace LoraFunctions.Pipeline.Datasets;

/// <summary>The data sets in <see cref="ContainerNames.Datasets"/>: <c>{modelKey}/{digest}/</c> and <c>{modelKey}/latest.json</c>.</summary>
internal sealed class DatasetStore(BlobStore blobs)
{
    /// <summary>The car model's newest; null when it has none.</summary>
    public async Task<StoredDataset?> LatestAsync(string modelKey, CancellationToken cancellationToken) =>
        await blobs.TryReadJsonAsync<DatasetPointer>(ContainerNames.Datasets, BlobNames.DatasetLatest(modelKey), cancellationToken) is { } pointer
            ? await ReadAsync(modelKey, pointer.Digest, cancellationToken)
            : null;

    /// <exception cref="MissingBlobException">There is no such data set.</exception>
    public async Task<StoredDataset> ReadAsync(string modelKey, string digest, CancellationToken cancellationToken)
    {
        var name = BlobNames.DatasetFile(modelKey, digest, DatasetFiles.Manifest);
        var read = await blobs.TryReadAsync(ContainerNames.Datasets, name, cancellationToken)
            ?? throw new MissingBlobException(ContainerNames.Datasets, name, blobs.Uri);
        return new StoredDataset(read.Ref, await blobs.ReadJsonAsync<DatasetManifest>(read.Ref, cancellationToken));
    }

    /// <summary>The newest of every car model, in the order of their keys.</summary>
    public async Task<IReadOnlyList<DatasetManifest>> AllAsync(CancellationToken cancellationToken)
    {
        var all = new List<DatasetManifest>();
        foreach (var modelKey in await blobs.ListFoldersAsync(ContainerNames.Datasets, cancellationToken))
        {
            if (await LatestAsync(modelKey, cancellationToken) is { } dataset)
            {
                all.Add(dataset.Manifest);
            }
        }

        return all;
    }

    public Task<DatasetGateReport> GateReportAsync(DatasetManifest dataset, CancellationToken cancellationToken) =>
        blobs.ReadJsonAsync<DatasetGateReport>(File(dataset, DatasetFiles.GateReport, dataset.GateReportSha256), cancellationToken);

    /// <summary>What a training reads: photos and <c>metadata.csv</c>, in the ordinal order of their names.</summary>
    public static IReadOnlyList<BlobRef> TrainingFiles(DatasetManifest dataset) =>
    [
        .. dataset.Photos
            .Select(p => File(dataset, p.File, p.Sha256))
            .Append(File(dataset, DatasetFiles.Metadata, dataset.MetadataSha256))
            .OrderBy(f => f.Name, StringComparer.Ordinal),
    ];

    /// <summary>Commits a data set, its manifest last, and makes it the model's newest. Equal to the newest, it is that.</summary>
    public async Task<StoredDataset> CommitAsync(string modelKey, MergedDataset merged, DatasetManifest? previous, CancellationToken cancellationToken)
    {
        var metadata = CaptionFile.Encode(merged.Photos.Select(p => new CaptionRow(p.File, p.Caption)));
        var report = JsonSerializer.SerializeToUtf8Bytes(
            new DatasetGateReport(DatasetGateReport.CurrentSchemaVersion, modelKey, merged.Reports),
            ContractJson.IndentedOptions);
        var manifest = Manifest(modelKey, merged, Digests.OfBytes(metadata), Digests.OfBytes(report));

        foreach (var photo in merged.Photos)
        {
            await CopyAsync(manifest, photo, previous, cancellationToken);
        }

        await PutAsync(manifest, DatasetFiles.Metadata, metadata, cancellationToken);
        await PutAsync(manifest, DatasetFiles.GateReport, report, cancellationToken);
        var name = BlobNames.DatasetFile(modelKey, manifest.Digest, DatasetFiles.Manifest);
        var committed = await blobs.PutJsonIfAbsentAsync(ContainerNames.Datasets, name, manifest, cancellationToken);
        await blobs.SwapJsonAsync<DatasetPointer>(
            ContainerNames.Datasets,
            BlobNames.DatasetLatest(modelKey),
            _ => new DatasetPointer(DatasetPointer.CurrentSchemaVersion, modelKey, manifest.Digest),
            cancellationToken);
        return new StoredDataset(committed.Ref, manifest);
    }

    private static DatasetManifest Manifest(string modelKey, MergedDataset merged, string metadataSha256, string reportSha256)
    {
        var digest = Digests.OfFields(
            merged.Photos.Select(p => KeyValuePair.Create(p.File, p.Sha256))
                .Append(KeyValuePair.Create(DatasetFiles.Metadata, metadataSha256))
                .Append(KeyValuePair.Create(DatasetFiles.GateReport, reportSha256)));
        var vehicle = merged.Newest.Vehicle;
        return new DatasetManifest(
            DatasetManifest.CurrentSchemaVersion,
            modelKey,
            digest[..32],
            vehicle.Make,
            vehicle.DisplayName,
            vehicle.Segment,
            vehicle.Released,
            metadataSha256,
            reportSha256,
            merged.Photos,
            [.. merged.Reports.Select(r => new DatasetListing(r.ListingId, r.ListingKey))]);
    }

    /// <summary>From the data set before, where it was in it: the marketplace may have taken the photo away with the car.</summary>
    private async Task CopyAsync(DatasetManifest dataset, DatasetPhoto photo, DatasetManifest? previous, CancellationToken cancellationToken)
    {
        var target = File(dataset, photo.File, photo.Sha256);
        if (await blobs.StatAsync(target.Container, target.Name, cancellationToken) is not null)
        {
            return;
        }

        var source = new BlobRef(ContainerNames.VehiclePhotos, $"{photo.ListingId}/{photo.Name}", "", photo.Sha256);
        if (previous is not null && previous.Photos.Any(p => p.File == photo.File && p.Sha256 == photo.Sha256))
        {
            var before = File(previous, photo.File, photo.Sha256);
            if (await blobs.StatAsync(before.Container, before.Name, cancellationToken) is not null)
            {
                source = before;
            }
        }

        await PutAsync(dataset, photo.File, await blobs.ReadAsync(source, cancellationToken), cancellationToken);
    }

    private Task<StoredBlob> PutAsync(DatasetManifest dataset, string file, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        blobs.PutIfAbsentAsync(
            ContainerNames.Datasets,
            BlobNames.DatasetFile(dataset.ModelKey, dataset.Digest, file),
            content,
            headers: null,
            cancellationToken);

    private static BlobRef File(DatasetManifest dataset, string file, string sha256) =>
        new(ContainerNames.Datasets, BlobNames.DatasetFile(dataset.ModelKey, dataset.Digest, file), "", sha256);
}
