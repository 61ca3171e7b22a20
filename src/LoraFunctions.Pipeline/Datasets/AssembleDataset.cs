using LoraFunctions.Pipeline.Listings;
using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Storage;
using Microsoft.DurableTask;

namespace LoraFunctions.Pipeline.Datasets;

/// <summary>Input of <see cref="AssembleDataset"/>.</summary>
/// <param name="Listings">This night's listings of the car model that did not fail; at least one.</param>
public sealed record AssembleDatasetInput(string ModelKey, IReadOnlyList<ListingOutcome> Listings);

/// <summary>Result of <see cref="AssembleDataset"/>.</summary>
/// <param name="Photos">0 when the model has no photos yet.</param>
/// <param name="LeftOut">Listings whose labels cannot be used, with the reason; the next night takes them up again.</param>
public sealed record AssembledDataset(string DisplayName, int Photos, IReadOnlyList<ReportedProblem> LeftOut);

/// <summary>
/// Takes tonight's listings into the car model's data set: photos and captions in one new folder named by its content, then <c>latest.json</c>. A
/// listing whose labels cannot be used is left out and does not hold back the others.
/// </summary>
internal sealed class AssembleDataset(BlobStore blobs, DatasetStore datasets, JobStore jobs) : TaskActivity<AssembleDatasetInput, AssembledDataset>
{
    public override async Task<AssembledDataset> RunAsync(TaskActivityContext context, AssembleDatasetInput input)
    {
        var there = await datasets.LatestAsync(input.ModelKey, default);
        var incoming = new List<LabelledListing>();
        var leftOut = new List<ReportedProblem>();
        foreach (var listing in input.Listings)
        {
            try
            {
                incoming.Add(await ReadAsync(listing));
            }
            catch (Exception e) when (e is InvalidDataException or InvalidJobInputException or MissingBlobException)
            {
                leftOut.Add(new ReportedProblem($"{ContainerNames.VehiclePhotos}/{listing.Listing.ListingId}", e.Message));
            }
        }

        if (incoming.Count == 0)
        {
            return Summary(input.ModelKey, there, leftOut);
        }

        var reports = there is null ? [] : (await datasets.GateReportAsync(there.Manifest, default)).Listings;
        var merged = DatasetMerge.Merge(there?.Manifest.Photos ?? [], reports, incoming);
        return Summary(input.ModelKey, await datasets.CommitAsync(input.ModelKey, merged, there?.Manifest, default), leftOut);
    }

    private async Task<LabelledListing> ReadAsync(ListingOutcome listing)
    {
        var report = await blobs.ReadJsonAsync<ListingGateReport>(listing.GateReport!, default);
        if (listing.LabelJobId is not { } jobId)
        {
            return new LabelledListing(report, new Dictionary<string, string>());
        }

        var artefact = await jobs.ArtefactAsync(jobId, ArtefactNames.LabelMetadata, default);
        var metadata = await blobs.ReadAsync(artefact, default);
        var captions = CaptionFile.Parse($"{artefact.Container}/{artefact.Name}", metadata.Span).ToDictionary(r => r.FileName, r => r.Caption);
        return report.Photos.FirstOrDefault(p => p.Accepted && !captions.ContainsKey(p.Name)) is { } silent
            ? throw new InvalidDataException($"{artefact.Container}/{artefact.Name} has no caption for the accepted photo '{silent.Name}'.")
            : new LabelledListing(report, captions);
    }

    private static AssembledDataset Summary(string modelKey, StoredDataset? dataset, IReadOnlyList<ReportedProblem> leftOut) =>
        dataset is null
            ? new AssembledDataset(modelKey, 0, leftOut)
            : new AssembledDataset(dataset.Manifest.DisplayName, dataset.Manifest.Photos.Count, leftOut);
}
