using LoraFunctions.Pipeline.Storage;
using Microsoft.DurableTask;

namespace LoraFunctions.Pipeline.Training;

/// <summary>Copies a trained LoRA to where comparisons and people look for it, then swaps the model's <c>latest.json</c>.</summary>
internal sealed class PublishLora(BlobStore blobs, JobStore jobs) : TaskActivity<PublishLoraInput, BlobRef>
{
    public override async Task<BlobRef> RunAsync(TaskActivityContext context, PublishLoraInput input)
    {
        var spec = await jobs.SpecAsync<TrainJobSpec>(input.JobId, default);
        var artefact = await jobs.ArtefactAsync(input.JobId, ArtefactNames.Lora(input.ModelKey), default);
        var content = await blobs.ReadAsync(artefact, default);
        var name = BlobNames.Lora(input.ModelKey, input.JobId);
        var stored = await blobs.PutIfAbsentAsync(ContainerNames.Loras, name, content, headers: null, default);
        await blobs.SwapJsonAsync<PublishedLora>(
            ContainerNames.Loras,
            BlobNames.LoraLatest(input.ModelKey),
            there => PointerTimes.IsLater(there?.Times, input.AsOf) ? null : new PublishedLora(
                PublishedLora.CurrentSchemaVersion,
                input.ModelKey,
                spec.DisplayName,
                input.JobId,
                name,
                stored.Ref.Sha256,
                spec.DatasetDigest,
                spec.Dataset.Count - 1, // without metadata.csv
                spec.BaseModel.Name,
                spec.BaseModel.Digest,
                input.Night,
                new PointerTimes(input.AsOf)),
            default);
        return stored.Ref;
    }
}
