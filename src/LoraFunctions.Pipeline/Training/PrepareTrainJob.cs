using LoraFunctions.Pipeline.Datasets;
using LoraFunctions.Pipeline.Jobs;
using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Storage;
using Microsoft.DurableTask;
using Microsoft.Extensions.Options;

namespace LoraFunctions.Pipeline.Training;

/// <summary>Decides whether a car model is trained and, if so, writes the spec of the job.</summary>
internal sealed class PrepareTrainJob(
    BlobStore blobs,
    DatasetStore datasets,
    LoraStore loras,
    BaseModelCatalog models,
    JobStore jobs,
    IOptions<NightlyOptions> options) : TaskActivity<TrainingInput, PreparedTraining>
{
    public override async Task<PreparedTraining> RunAsync(TaskActivityContext context, TrainingInput input)
    {
        if (await datasets.LatestAsync(input.ModelKey, default) is not { Manifest: var dataset })
        {
            return new PreparedTraining(input.ModelKey, input.ModelKey, TrainingDue.NotYet, 0, "it has no data set: none of its listings got through gate and labels", null, null);
        }

        var lora = await loras.LatestAsync(input.ModelKey, default);
        var trained = lora is null ? null : (await datasets.ReadAsync(input.ModelKey, lora.DatasetDigest, default)).Manifest;
        var reference = lora is null ? null : LoraStore.Reference(lora);
        if (lora is not null && lora.Night is not null && lora.Night == input.Night && input.IdempotencyKey.Length == 0)
        {
            // The night was started again after it had published this LoRA: it tells the same story.
            var done = await jobs.AgainAsync(JobKind.Train, lora.JobId, options.Value, default);
            return new PreparedTraining(dataset.ModelKey, dataset.DisplayName, TrainingDue.Now, dataset.Photos.Count, null, done, reference);
        }

        var baseModel = await models.ResolveAsync(options.Value.BaseModel, default);
        var (due, reason) = TrainingRule.Decide(
            dataset,
            trained,
            lora?.Night,
            baseModelChanged: lora is not null && lora.BaseModelDigest != baseModel.Digest,
            options.Value.MinPhotos,
            options.Value.RetrainAfterNewPhotos,
            onDemand: input.Night is null || input.IdempotencyKey.Length > 0,
            options.Value.MinViewShare);
        var job = due == TrainingDue.Now ? await PrepareAsync(dataset, baseModel, input, lora) : null;
        return new PreparedTraining(dataset.ModelKey, dataset.DisplayName, due, dataset.Photos.Count, reason, job, reference);
    }

    private async Task<PreparedJob> PrepareAsync(
        DatasetManifest dataset,
        BaseModelRef baseModel,
        TrainingInput input,
        PublishedLora? last)
    {
        var configurations = new List<BlobRef>
        {
            await blobs.StatAsync(ContainerNames.Config, BlobNames.TrainingDefaults, default)
                ?? throw new MissingBlobException(ContainerNames.Config, BlobNames.TrainingDefaults, blobs.Uri),
        };
        if (await blobs.StatAsync(ContainerNames.Config, BlobNames.TrainingOverrides(dataset.ModelKey), default) is { } overrides)
        {
            configurations.Add(overrides);
        }

        if (input.Overrides is { } once)
        {
            configurations.Add(once);
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
        spec = spec with { StartFrom = await StartAsync(spec, last) };
        return await jobs.PrepareAsync(JobKind.Train, key => JobIds.Named(spec, key), s => s.JobId, input.IdempotencyKey, options.Value, default);
    }

    /// <summary>The last LoRA, where it was made by the same YAML on the same base model: then it has the layers, rank and alpha that are asked for.</summary>
    private async Task<BlobRef?> StartAsync(TrainJobSpec spec, PublishedLora? last)
    {
        if (!options.Value.WarmStart || last is null || last.BaseModelDigest != spec.BaseModel.Digest)
        {
            return null;
        }

        var before = await jobs.SpecAsync<TrainJobSpec>(last.JobId, default);
        return before.Configurations.Select(c => c.Sha256).SequenceEqual(spec.Configurations.Select(c => c.Sha256)) ? LoraStore.Reference(last) : null;
    }
}
