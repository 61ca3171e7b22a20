using LoraFunctions.Pipeline.Listings;
using LoraFunctions.Pipeline.Messages;
using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Storage;
using Microsoft.Extensions.Options;

namespace LoraFunctions.Pipeline.Activities;

/// <summary>Writes the spec of the job that labels a listing's accepted photos.</summary>
internal sealed class PrepareLabelJobActivity(BlobStore blobs, BaseModelCatalog models, JobStore jobs, IOptions<NightlyOptions> options)
    : IActivity<PrepareLabelJobInput, PreparedJob>
{
    public async Task<PreparedJob> RunAsync(PrepareLabelJobInput input, CancellationToken cancellationToken)
    {
        var report = await blobs.ReadJsonAsync<ListingGateReport>(input.GateReport, cancellationToken);
        var table = await blobs.StatAsync(ContainerNames.Config, BlobNames.LabelTable, cancellationToken)
            ?? throw new MissingBlobException(ContainerNames.Config, BlobNames.LabelTable, blobs.Uri);
        var clip = await models.ResolveAsync(options.Value.Clip, cancellationToken);
        var spec = new LabelJobSpec(
            LabelJobSpec.CurrentSchemaVersion,
            JobId: "",
            NumericsRevision.Current,
            input.Listing.ListingId,
            input.Listing.ModelKey,
            report.Vehicle,
            [.. report.Photos.Where(p => p.Accepted).Select(p => new BlobRef(ContainerNames.VehiclePhotos, $"{report.ListingId}/{p.Name}", "", p.Sha256))],
            table with { ETag = "" },
            clip);
        return await jobs.PrepareAsync(JobKind.Label, key => JobIds.Named(spec, key), s => s.JobId, idempotencyKey: "", options.Value, cancellationToken);
    }
}
