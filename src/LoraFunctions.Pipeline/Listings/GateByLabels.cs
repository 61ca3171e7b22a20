using LoraFunctions.Imaging.Gate;
using LoraFunctions.Pipeline.Storage;
using Microsoft.DurableTask;

namespace LoraFunctions.Pipeline.Listings;

/// <summary>Commits the listing's report once more, with the photos that only CLIP could reject: by name and with the reason like all others.</summary>
internal sealed class GateByLabels(BlobStore blobs, JobStore jobs) : TaskActivity<GateByLabelsInput, GatedListing>
{
    public override async Task<GatedListing> RunAsync(TaskActivityContext context, GateByLabelsInput input)
    {
        var report = await blobs.ReadJsonAsync<ListingGateReport>(input.GateReport, default);
        var labels = await blobs.ReadAsync(await jobs.ArtefactAsync(input.LabelJobId, ArtefactNames.Labels, default), default);
        var rejected = ClipVerdicts.Parse(labels.Span);
        report = report with
        {
            Photos =
            [
                .. report.Photos.Select(photo => photo.Accepted && rejected.TryGetValue(photo.Name, out var why) ? photo.NotTaken(why.Reason, why.Sentence, why.DuplicateOf) : photo),
            ],
        };
        var committed = await blobs.PutJsonIfAbsentAsync(
            ContainerNames.Datasets, BlobNames.ListingFile(report.ListingId, report.ListingKey, $"gate-report-{input.LabelJobId}.json"), report, default);
        return GatedListing.Of(committed.Ref, report);
    }
}
