using LoraFunctions.Imaging.Gate;
using LoraFunctions.Pipeline.Comparisons;
using LoraFunctions.Pipeline.Datasets;
using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Storage;
using LoraFunctions.Pipeline.Training;
using Microsoft.DurableTask;
using Microsoft.Extensions.Options;

namespace LoraFunctions.Pipeline.Comparisons;

/// <summary>What comparisons are made from: <c>comparisons.yaml</c>, <c>brand-safety.yaml</c> and the night's base model.</summary>
internal sealed class ComparisonRules(BlobStore blobs, BaseModelCatalog models, IOptions<NightlyOptions> options)
{
    public async Task<(ComparisonsConfiguration Configuration, BrandSafety Safety, BaseModelRef BaseModel)> ReadAsync()
    {
        var file = await blobs.TryReadAsync(ContainerNames.Config, BlobNames.Comparisons, default)
            ?? throw new MissingBlobException(ContainerNames.Config, BlobNames.Comparisons, blobs.Uri);
        var configuration = ComparisonsReader.Read(BlobNames.Comparisons, file.Content);
        var safety = await blobs.TryReadAsync(ContainerNames.Config, BlobNames.BrandSafety, default) is { } rules
            ? BrandSafety.Read(BlobNames.BrandSafety, rules.Content)
            : BrandSafety.Empty;
        safety.ThrowIfBlocked(configuration);
        return (configuration, safety, await models.ResolveAsync(options.Value.BaseModel, default));
    }

    /// <summary>Why a LoRA cannot be rendered with; null when it can.</summary>
    public static string? Objection(string modelKey, int photos, PublishedLora? lora, BaseModelRef baseModel) =>
        lora is null ? $"{modelKey} has no LoRA yet ({photos} photos)"
        : lora.BaseModelDigest != baseModel.Digest ? $"{modelKey} has a LoRA for base model '{lora.BaseModel}', another than tonight's '{baseModel.Name}'"
        : null;
}

/// <summary>Chooses the pairs by <c>comparisons.yaml</c>, among the car models that have a LoRA or are to get one tonight.</summary>
internal sealed class PlanComparisons(ComparisonRules rules, DatasetStore datasets, LoraStore loras, IOptions<NightlyOptions> options)
    : TaskActivity<PlanComparisonsInput, ComparisonPlan>
{
    public override async Task<ComparisonPlan> RunAsync(TaskActivityContext context, PlanComparisonsInput input)
    {
        var (configuration, safety, baseModel) = await rules.ReadAsync();
        var published = await loras.AllAsync(default);
        var known = await datasets.AllAsync(default);
        var candidates = known.Select(d => new ComparisonCandidate(d.ModelKey, d.Segment, Objection(d), d.Price, Views(d))).ToList();
        var (pairs, leftOut) = PairSelection.Select(configuration, candidates);

        var asked = pairs.Sum(p => p.Scenes.Count);
        var limit = options.Value.MaxComparisonsPerNight;
        return asked <= limit
            ? new ComparisonPlan(pairs, leftOut)
            : new ComparisonPlan(First(pairs, limit), [.. leftOut, TooMany(asked, limit)]);

        string? Objection(DatasetManifest dataset) =>
            !dataset.Released ? $"{dataset.ModelKey} is not released: concept cars are not rendered"
            : safety.Objection(dataset.ModelKey, dataset.Make, dataset.DisplayName) is { } objection ? objection
            : input.Awaited.Contains(dataset.ModelKey) ? null
            : ComparisonRules.Objection(dataset.ModelKey, dataset.Photos.Count, published.GetValueOrDefault(dataset.ModelKey), baseModel);
    }

    /// <summary>Null where no caption names one: without labels nothing can be missed.</summary>
    private static HashSet<string>? Views(DatasetManifest dataset) =>
        dataset.Photos.Select(p => PhotoSet.ViewOf(p.Caption)).OfType<string>().ToHashSet() is { Count: > 0 } views ? views : null;

    /// <summary>Whole pairs in their order, and of the last as many scenes as there is room for.</summary>
    private static List<ChosenPair> First(IEnumerable<ChosenPair> pairs, int room)
    {
        var first = new List<ChosenPair>();
        foreach (var pair in pairs.TakeWhile(_ => room > 0))
        {
            first.Add(pair with { Scenes = [.. pair.Scenes.Take(room)] });
            room -= first[^1].Scenes.Count;
        }

        return first;
    }

    private static ReportedProblem TooMany(int count, int limit) =>
        new("comparisons", $"{count} are asked for; the first {limit} are rendered (Nightly:MaxComparisonsPerNight). Ask for fewer pairs or scenes in comparisons.yaml.");
}

/// <summary>Writes the spec of one render job for each scene of a pair, with the LoRAs that both sides have now.</summary>
internal sealed class PrepareRenderJobs(
    ComparisonRules rules, DatasetStore datasets, LoraStore loras, JobStore jobs, JudgingPhotos judging, IOptions<NightlyOptions> options)
    : TaskActivity<ChosenPair, IReadOnlyList<PreparedComparison>>
{
    public override async Task<IReadOnlyList<PreparedComparison>> RunAsync(TaskActivityContext context, ChosenPair input)
    {
        var (configuration, _, baseModel) = await rules.ReadAsync();
        var left = await SideAsync(input.Left, baseModel);
        var right = await SideAsync(input.Right, baseModel);
        var prepared = new List<PreparedComparison>();
        foreach (var scene in input.Scenes)
        {
            var template = TemplateOf(configuration, input.Template, scene);
            var spec = new RenderJobSpec(
                RenderJobSpec.CurrentSchemaVersion,
                JobId: "",
                NumericsRevision.Current,
                Compared(left, template),
                Compared(right, template),
                scene,
                template,
                input.Seeds ?? configuration.Seeds,
                baseModel)
            {
                Judging = await judging.ForAsync(template, left.Lora, right.Lora),
            };
            var job = await jobs.PrepareAsync(JobKind.Render, key => JobIds.Named(spec, key), s => s.JobId, idempotencyKey: "", options.Value, default);
            prepared.Add(new PreparedComparison(scene, job));
        }

        return prepared;
    }

    private async Task<(PublishedLora Lora, IReadOnlyList<string> Features)> SideAsync(string modelKey, BaseModelRef baseModel)
    {
        var lora = await loras.LatestAsync(modelKey, default);
        var dataset = (await datasets.LatestAsync(modelKey, default))?.Manifest;
        if (ComparisonRules.Objection(modelKey, lora?.Photos ?? dataset?.Photos.Count ?? 0, lora, baseModel) is { } objection)
        {
            throw new InvalidDataException(objection);
        }

        return (lora!, dataset?.Features ?? []);
    }

    private static ComparedModel Compared((PublishedLora Lora, IReadOnlyList<string> Features) side, ComparisonTemplate template) =>
        new(side.Lora.ModelKey, side.Lora.DisplayName, LoraStore.Reference(side.Lora), template.UsesFeatures() ? side.Features : null);

    private static ComparisonTemplate TemplateOf(ComparisonsConfiguration configuration, string templateName, string scene) =>
        configuration.Scenes.FirstOrDefault(s => s.Name == scene) is { } wanted && configuration.Templates.TryGetValue(templateName, out var template)
            ? wanted.In(template)
            : throw new InvalidDataException($"{BlobNames.Comparisons} was changed in the night: it has no scene '{scene}' or no template '{templateName}' any more.");
}
