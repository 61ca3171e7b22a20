using LoraFunctions.Pipeline.Jobs;
using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Storage;
using Microsoft.DurableTask;
using Microsoft.Extensions.Options;

namespace LoraFunctions.Pipeline.Listings;

/// <summary>Writes the spec of the job that labels a listing's accepted photos.</summary>
internal sealed class PrepareLabelJob(BlobStore blobs, BaseModelCatalog models, JobStore jobs, IOptions<NightlyOptions> options)
    : TaskActivity<BlobRef, PreparedJob>
{
    public override async Task<PreparedJob> RunAsync(TaskActivityContext context, BlobRef input)
    {
        var report = await blobs.ReadJsonAsync<ListingGateReport>(input, default);
        var table = await blobs.StatAsync(ContainerNames.Config, BlobNames.LabelTable, default)
            ?? throw new MissingBlobException(ContainerNames.Config, BlobNames.LabelTable, blobs.Uri);
        var corrections = await blobs.StatAsync(ContainerNames.Config, BlobNames.Corrections, default);
        var clip = await models.ResolveAsync(options.Value.Clip, default);
        var spec = new LabelJobSpec(
            LabelJobSpec.CurrentSchemaVersion,
            JobId: "",
            NumericsRevision.Current,
            report.ListingId,
            report.ModelKey,
            report.Vehicle,
            [.. report.Photos.Where(p => p.Accepted).Select(p => new BlobRef(ContainerNames.VehiclePhotos, $"{report.ListingId}/{p.Name}", "", p.Sha256))],
            table with { ETag = "" },
            clip)
        {
            Corrections = corrections is null ? null : corrections with { ETag = "" },
        };
        return await jobs.PrepareAsync(JobKind.Label, key => JobIds.Named(spec, key), s => s.JobId, idempotencyKey: "", options.Value, default);
    }
}
