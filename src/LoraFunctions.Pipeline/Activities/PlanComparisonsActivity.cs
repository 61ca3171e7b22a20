using LoraFunctions.Pipeline.Comparisons;
using LoraFunctions.Pipeline.Configuration;
using LoraFunctions.Pipeline.Datasets;
using LoraFunctions.Pipeline.Messages;
using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Storage;
using LoraFunctions.Pipeline.Training;
using Microsoft.Extensions.Options;

namespace LoraFunctions.Pipeline.Activities;

/// <summary>Chooses the pairs by <c>comparisons.yaml</c> and writes one render job's spec for each of their scenes.</summary>
internal sealed class PlanComparisonsActivity(
    BlobStore blobs,
    DatasetStore datasets,
    LoraStore loras,
    BaseModelCatalog models,
    JobStore jobs,
    IOptions<NightlyOptions> options) : IActivity<PlanComparisonsInput, ComparisonPlan>
{
    public async Task<ComparisonPlan> RunAsync(PlanComparisonsInput input, CancellationToken cancellationToken)
    {
        var file = await blobs.TryReadAsync(ContainerNames.Config, BlobNames.Comparisons, cancellationToken)
            ?? throw new MissingBlobException(ContainerNames.Config, BlobNames.Comparisons, blobs.Uri);
        var configuration = ComparisonsReader.Read(BlobNames.Comparisons, file.Content);
        var safety = await blobs.TryReadAsync(ContainerNames.Config, BlobNames.BrandSafety, cancellationToken) is { } rules
            ? BrandSafety.Read(BlobNames.BrandSafety, rules.Content)
            : BrandSafety.Empty;
        var baseModel = await models.ResolveAsync(options.Value.BaseModel, cancellationToken);
        var published = await loras.AllAsync(cancellationToken);
        var known = await datasets.AllAsync(cancellationToken);

        var candidates = known.Select(d => new ComparisonCandidate(
            d.ModelKey,
            d.Segment,
            Objection(d, published.GetValueOrDefault(d.ModelKey), baseModel, safety))).ToList();
        var (pairs, leftOut) = PairSelection.Select(configuration, candidates);

        var specs = pairs.SelectMany(pair => pair.Scenes.Select(scene => Spec(configuration, pair, scene, published, baseModel))).ToList();
        var limit = options.Value.MaxComparisonsPerNight;
        var planned = new List<PlannedComparison>();
        foreach (var spec in specs.Take(limit))
        {
            var job = await jobs.PrepareAsync(
                JobKind.Render,
                key => JobIds.Named(spec, key),
                s => s.JobId,
                idempotencyKey: "",
                options.Value,
                cancellationToken);
            planned.Add(new PlannedComparison(spec.Left.ModelKey, spec.Right.ModelKey, spec.Scene, job));
        }

        return specs.Count <= limit
            ? new ComparisonPlan(planned, leftOut)
            : new ComparisonPlan(planned, [.. leftOut, TooMany(specs.Count, limit)]);
    }

    private static string? Objection(DatasetManifest dataset, PublishedLora? lora, BaseModelRef baseModel, BrandSafety safety) =>
        !dataset.Released ? $"{dataset.ModelKey} is not released: concept cars are not rendered"
        : safety.Objection(dataset.ModelKey, dataset.Make) is { } objection ? objection
        : lora is null ? $"{dataset.ModelKey} has no LoRA yet ({dataset.Photos.Count} photos)"
        : lora.BaseModelDigest != baseModel.Digest ? $"{dataset.ModelKey} has a LoRA for base model '{lora.BaseModel}', another than tonight's '{baseModel.Name}'"
        : null;

    private static RenderJobSpec Spec(
        ComparisonsConfiguration configuration,
        ChosenPair pair,
        string scene,
        IReadOnlyDictionary<string, PublishedLora> loras,
        BaseModelRef baseModel) =>
        new(
            RenderJobSpec.CurrentSchemaVersion,
            JobId: "",
            NumericsRevision.Current,
            Side(loras[pair.Left]),
            Side(loras[pair.Right]),
            scene,
            configuration.Templates[pair.Template] with { ScenePrompt = configuration.Scenes.First(s => s.Key == scene).Value },
            configuration.Seeds,
            baseModel);

    private static ComparedModel Side(PublishedLora lora) => new(lora.ModelKey, lora.DisplayName, LoraStore.Reference(lora));

    private static ReportedProblem TooMany(int count, int limit) =>
        new("comparisons", $"{count} are asked for; the first {limit} are rendered (Nightly:MaxComparisonsPerNight). Ask for fewer pairs or scenes in comparisons.yaml.");
}
