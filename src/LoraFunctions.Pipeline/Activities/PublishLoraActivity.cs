using LoraFunctions.Pipeline.Messages;
using LoraFunctions.Pipeline.Storage;
using LoraFunctions.Pipeline.Training;

namespace LoraFunctions.Pipeline.Activities;

/// <summary>Copies a trained LoRA to where comparisons and people look for it, then swaps the model's <c>latest.json</c>.</summary>
internal sealed class PublishLoraActivity(BlobStore blobs, JobStore jobs) : IActivity<PublishLoraInput, BlobRef>
{
    public async Task<BlobRef> RunAsync(PublishLoraInput input, CancellationToken cancellationToken)
    {
        var spec = await jobs.SpecAsync<TrainJobSpec>(input.JobId, cancellationToken);
        var artefact = await jobs.ArtefactAsync(input.JobId, ArtefactNames.Lora(input.ModelKey), cancellationToken);
        var content = await blobs.ReadAsync(artefact, cancellationToken);
        var name = BlobNames.Lora(input.ModelKey, input.JobId);
        var stored = await blobs.PutIfAbsentAsync(ContainerNames.Loras, name, content, headers: null, cancellationToken);
        await blobs.SwapJsonAsync<PublishedLora>(
            ContainerNames.Loras,
            BlobNames.LoraLatest(input.ModelKey),
            _ => new PublishedLora(
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
                input.Night),
            cancellationToken);
        return stored.Ref;
    }
}
