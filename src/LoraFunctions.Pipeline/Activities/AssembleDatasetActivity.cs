using LoraFunctions.Pipeline.Contracts;
using LoraFunctions.Pipeline.Datasets;
using LoraFunctions.Pipeline.Listings;
using LoraFunctions.Pipeline.Messages;
using LoraFunctions.Pipeline.Storage;

namespace LoraFunctions.Pipeline.Activities;

/// <summary>
/// Takes tonight's listings into the car model's data set: photos and captions in one new folder named by its content, then <c>latest.json</c>.
/// Without listings it gives what is there.
/// </summary>
internal sealed class AssembleDatasetActivity(BlobStore blobs, DatasetStore datasets, JobStore jobs) : IActivity<AssembleDatasetInput, AssembledDataset>
{
    public async Task<AssembledDataset> RunAsync(AssembleDatasetInput input, CancellationToken cancellationToken)
    {
        var there = await datasets.LatestAsync(input.ModelKey, cancellationToken);
        if (input.Listings.Count == 0)
        {
            return there is null ? new AssembledDataset(input.ModelKey, 0, null) : Summary(there);
        }

        var incoming = new List<LabelledListing>();
        foreach (var listing in input.Listings)
        {
            incoming.Add(await ReadAsync(listing, cancellationToken));
        }

        var reports = there is null ? [] : (await datasets.GateReportAsync(there.Manifest, cancellationToken)).Listings;
        var merged = DatasetMerge.Merge(there?.Manifest.Photos ?? [], reports, incoming);
        return Summary(await datasets.CommitAsync(input.ModelKey, merged, there?.Manifest, cancellationToken));
    }

    private async Task<LabelledListing> ReadAsync(GatedAndLabelled listing, CancellationToken cancellationToken)
    {
        var report = await blobs.ReadJsonAsync<ListingGateReport>(listing.GateReport, cancellationToken);
        if (listing.LabelJobId is not { } jobId)
        {
            return new LabelledListing(report, new Dictionary<string, string>());
        }

        var artefact = await jobs.ArtefactAsync(jobId, ArtefactNames.LabelMetadata, cancellationToken);
        var captions = CaptionCsv.Read($"{artefact.Container}/{artefact.Name}", await blobs.ReadAsync(artefact, cancellationToken));
        return new LabelledListing(report, captions);
    }

    private static AssembledDataset Summary(StoredDataset dataset) =>
        new(dataset.Manifest.DisplayName, dataset.Manifest.Photos.Count, dataset.Ref);
}
