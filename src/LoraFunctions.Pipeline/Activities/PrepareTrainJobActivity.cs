using LoraFunctions.Pipeline.Datasets;
using LoraFunctions.Pipeline.Messages;
using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Storage;
using LoraFunctions.Pipeline.Training;
using Microsoft.Extensions.Options;

namespace LoraFunctions.Pipeline.Activities;

/// <summary>Decides whether a car model is trained and, if so, writes the spec of the job.</summary>
internal sealed class PrepareTrainJobActivity(
    BlobStore blobs,
    DatasetStore datasets,
    LoraStore loras,
    BaseModelCatalog models,
    JobStore jobs,
    IOptions<NightlyOptions> options) : IActivity<PrepareTrainJobInput, TrainingDecision>
{
    public async Task<TrainingDecision> RunAsync(PrepareTrainJobInput input, CancellationToken cancellationToken)
    {
        if (await datasets.LatestAsync(input.ModelKey, cancellationToken) is not { Manifest: var dataset })
        {
            return new TrainingDecision(input.ModelKey, TrainingDue.NotYet, 0, "it has no data set: none of its listings got through gate and labels", null, null);
        }

        var lora = await loras.LatestAsync(input.ModelKey, cancellationToken);
        var trained = lora is null ? null : (await datasets.ReadAsync(input.ModelKey, lora.DatasetDigest, cancellationToken)).Manifest;
        var reference = lora is null ? null : LoraStore.Reference(lora);
        if (lora is not null && lora.Night is not null && lora.Night == input.Night)
        {
            // The night was started again after it had published this LoRA: it tells the same story.
            var done = await jobs.AgainAsync(JobKind.Train, lora.JobId, options.Value, cancellationToken);
            return new TrainingDecision(dataset.DisplayName, TrainingDue.Now, dataset.Photos.Count, null, done, reference);
        }

        var baseModel = await models.ResolveAsync(options.Value.BaseModel, cancellationToken);
        var (due, reason) = TrainingRule.Decide(
            dataset,
            trained,
            lora?.Night,
            baseModelChanged: lora is not null && lora.BaseModelDigest != baseModel.Digest,
            options.Value.MinPhotos,
            options.Value.RetrainAfterNewPhotos,
            input.OnDemand);
        var job = due == TrainingDue.Now ? await PrepareAsync(dataset, baseModel, input.IdempotencyKey, cancellationToken) : null;
        return new TrainingDecision(dataset.DisplayName, due, dataset.Photos.Count, reason, job, reference);
    }

    private async Task<PreparedJob> PrepareAsync(
        DatasetManifest dataset,
        BaseModelRef baseModel,
        string idempotencyKey,
        CancellationToken cancellationToken)
    {
        var configurations = new List<BlobRef>
        {
            await blobs.StatAsync(ContainerNames.Config, BlobNames.TrainingDefaults, cancellationToken)
                ?? throw new MissingBlobException(ContainerNames.Config, BlobNames.TrainingDefaults, blobs.Uri),
        };
        if (await blobs.StatAsync(ContainerNames.Config, BlobNames.TrainingOverrides(dataset.ModelKey), cancellationToken) is { } overrides)
        {
            configurations.Add(overrides);
        }

        var spec = new TrainJobSpec(
            TrainJobSpec.CurrentSchemaVersion,
            JobId: "",
            NumericsRevision.Current,
            dataset.ModelKey,
            dataset.DisplayName,
            dataset.Digest,
            DatasetStore.TrainingFiles(dataset),
            [.. configurations.Select(c => c with { ETag = "" })],
            baseModel);
        return await jobs.PrepareAsync(JobKind.Train, key => JobIds.Named(spec, key), s => s.JobId, idempotencyKey, options.Value, cancellationToken);
    }
}
