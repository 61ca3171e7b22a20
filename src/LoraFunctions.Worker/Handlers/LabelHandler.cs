using LoraFunctions.Jobs;
using LoraFunctions.Jobs.Labelling;

namespace LoraFunctions.Worker.Handlers;

/// <summary>One listing's photos to captions.</summary>
internal sealed class LabelHandler(IJob<LabellingRequest, LabellingResult> job) : IJobHandler
{
    public JobKind Kind => JobKind.Label;

    public async Task<JobOutput> RunAsync(JobDesk desk, ReadOnlyMemory<byte> spec, CancellationToken cancellationToken)
    {
        LabelJobSpec label = Specs.Read<LabelJobSpec>(spec, LabelJobSpec.CurrentSchemaVersion, s => s.SchemaVersion);
        string photos = desk.NewFolder("photos");
        foreach (BlobRef photo in label.Photos)
        {
            await desk.PlaceAsync(photo, Path.Combine(photos, JobDesk.Below(photo, $"{label.ListingId}/")), cancellationToken);
        }

        string table = desk.At("labels.yaml");
        await desk.PlaceAsync(label.LabelTable, table, cancellationToken);
        var request = new LabellingRequest
        {
            PhotosFolder = photos,
            LabelTable = table,
            ClipFolder = await desk.PlaceModelAsync(label.Clip, cancellationToken),
            DisplayName = label.Vehicle.DisplayName,
            Features = label.Vehicle.Features,
            OutputFolder = desk.NewFolder("out"),
        };
        LabellingResult result = await JobDesk.RunAsync(() => job.Run(request, desk.Progress, cancellationToken));
        return new JobOutput(
            request.OutputFolder,
            [Path.GetFileName(result.MetadataPath), Path.GetFileName(result.LabelsPath)],
            new Dictionary<string, double>(StringComparer.Ordinal) { ["photos"] = result.Photos.Count });
    }
}
