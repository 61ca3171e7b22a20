using LoraFunctions.Pipeline.Datasets;
using LoraFunctions.Pipeline.Listings;
using LoraFunctions.Pipeline.Messages;
using LoraFunctions.Pipeline.Storage;

namespace LoraFunctions.Pipeline.Activities;

/// <summary>
/// Takes tonight's listings into the car model's data set: photos and captions in one new folder named by its content, then <c>latest.json</c>.
/// Without listings it gives what is there. A listing whose labels cannot be used is left out and does not hold back the others.
/// </summary>
internal sealed class AssembleDatasetActivity(BlobStore blobs, DatasetStore datasets, JobStore jobs) : IActivity<AssembleDatasetInput, AssembledDataset>
{
    public async Task<AssembledDataset> RunAsync(AssembleDatasetInput input, CancellationToken cancellationToken)
    {
        var there = await datasets.LatestAsync(input.ModelKey, cancellationToken);
        if (input.Listings.Count == 0)
        {
            return Summary(input.ModelKey, there, []);
        }

        var incoming = new List<LabelledListing>();
        var leftOut = new List<ReportedProblem>();
        foreach (var listing in input.Listings)
        {
            try
            {
                incoming.Add(await ReadAsync(listing, cancellationToken));
            }
            catch (Exception e) when (e is InvalidDataException or InvalidJobInputException or MissingBlobException)
            {
                leftOut.Add(new ReportedProblem($"{ContainerNames.VehiclePhotos}/{listing.ListingId}", e.Message));
            }
        }

        if (incoming.Count == 0)
        {
            return Summary(input.ModelKey, there, leftOut);
        }

        var reports = there is null ? [] : (await datasets.GateReportAsync(there.Manifest, cancellationToken)).Listings;
        var merged = DatasetMerge.Merge(there?.Manifest.Photos ?? [], reports, incoming);
        return Summary(input.ModelKey, await datasets.CommitAsync(input.ModelKey, merged, there?.Manifest, cancellationToken), leftOut);
    }

    private async Task<LabelledListing> ReadAsync(GatedAndLabelled listing, CancellationToken cancellationToken)
    {
        var report = await blobs.ReadJsonAsync<ListingGateReport>(listing.GateReport, cancellationToken);
        if (listing.LabelJobId is not { } jobId)
        {
            return new LabelledListing(report, new Dictionary<string, string>());
        }

        var artefact = await jobs.ArtefactAsync(jobId, ArtefactNames.LabelMetadata, cancellationToken);
        var metadata = await blobs.ReadAsync(artefact, cancellationToken);
        var captions = CaptionFile.Parse($"{artefact.Container}/{artefact.Name}", metadata.Span).ToDictionary(r => r.FileName, r => r.Caption);
        return report.Photos.FirstOrDefault(p => p.Accepted && !captions.ContainsKey(p.Name)) is { } silent
            ? throw new InvalidDataException($"{artefact.Container}/{artefact.Name} has no caption for the accepted photo '{silent.Name}'.")
            : new LabelledListing(report, captions);
    }

    private static AssembledDataset Summary(string modelKey, StoredDataset? dataset, IReadOnlyList<ReportedProblem> leftOut) =>
        dataset is null
            ? new AssembledDataset(modelKey, 0, null, leftOut)
            : new AssembledDataset(dataset.Manifest.DisplayName, dataset.Manifest.Photos.Count, dataset.Ref, leftOut);
}
