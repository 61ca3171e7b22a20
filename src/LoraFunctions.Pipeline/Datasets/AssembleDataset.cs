using LoraFunctions.Pipeline.Listings;
using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Storage;
using Microsoft.DurableTask;

namespace LoraFunctions.Pipeline.Datasets;

/// <summary>Input of <see cref="AssembleDataset"/>.</summary>
/// <param name="Listings">This night's listings of the car model that did not fail.</param>
/// <param name="Left">Ids of listings that were withdrawn, or belong to another car model now.</param>
/// <param name="AsOf">When the night began.</param>
public sealed record AssembleDatasetInput(string ModelKey, IReadOnlyList<ListingOutcome> Listings, IReadOnlyList<string> Left, DateTime AsOf);

/// <summary>Result of <see cref="AssembleDataset"/>.</summary>
/// <param name="Photos">0 when the model has no photos yet.</param>
/// <param name="LeftOut">Listings whose labels cannot be used, with the reason; the next night takes them up again.</param>
public sealed record AssembledDataset(string DisplayName, int Photos, IReadOnlyList<ReportedProblem> LeftOut);

/// <summary>
/// Takes tonight's listings into the car model's data set, and those that left out of it. A listing whose labels cannot be used is left out and
/// does not hold back the others.
/// </summary>
internal sealed class AssembleDataset(BlobStore blobs, DatasetStore datasets, JobStore jobs) : TaskActivity<AssembleDatasetInput, AssembledDataset>
{
    public override async Task<AssembledDataset> RunAsync(TaskActivityContext context, AssembleDatasetInput input)
    {
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
                leftOut.Add(new ReportedProblem($"{ContainerNames.VehiclePhotos}/{listing.ListingId}", e.Message));
            }
        }

        return await datasets.UpdateAsync(input.ModelKey, incoming, input.Left, input.AsOf, default) is { Manifest: var dataset }
            ? new AssembledDataset(dataset.DisplayName, dataset.Photos.Count, leftOut)
            : new AssembledDataset(input.ModelKey, 0, leftOut);
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
}
