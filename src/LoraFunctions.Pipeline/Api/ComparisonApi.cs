using LoraFunctions.Pipeline.Comparisons;
using LoraFunctions.Pipeline.Datasets;
using LoraFunctions.Pipeline.Orchestration;
using LoraFunctions.Pipeline.Storage;
using LoraFunctions.Pipeline.Training;

namespace LoraFunctions.Pipeline.Api;

/// <summary>Body of a comparison on demand.</summary>
/// <param name="Left">Model key.</param>
/// <param name="Right">Model key.</param>
/// <param name="Scenes">Names of <c>comparisons.yaml</c>; without: all of them.</param>
/// <param name="Template">Its name there; without: the default.</param>
/// <param name="IdempotencyKey">The same key renders once however often it is sent.</param>
public sealed record StartComparisonRequest(
    string Left,
    string Right,
    IReadOnlyList<string>? Scenes = null,
    string? Template = null,
    string? IdempotencyKey = null);

/// <summary>Comparisons that a person asks for.</summary>
public sealed class ComparisonApi
{
    private readonly BlobStore _blobs;
    private readonly ComparisonRules _rules;
    private readonly DatasetStore _datasets;
    private readonly LoraStore _loras;

    internal ComparisonApi(BlobStore blobs, ComparisonRules rules, DatasetStore datasets, LoraStore loras) =>
        (_blobs, _rules, _datasets, _loras) = (blobs, rules, datasets, loras);

    internal IReadOnlyList<ApiEndpoint> Endpoints =>
    [
        new("POST", "comparisons", "startComparison", "Renders a pair of car models with the LoRAs there are.", 202, typeof(Started), StartAsync,
            typeof(StartComparisonRequest), """{"left": "tesla-model-y-2024", "right": "byd-han-ev-2024", "scenes": ["rain"]}"""),
        new("GET", "comparisons/{id}", "getComparison", "Where a comparison stands, and what it published.", 200, typeof(StateView<ComparisonsDone>), GetAsync),
    ];

    private async Task<ApiResult> StartAsync(ApiCall call)
    {
        var body = call.Body;
        var left = body.Text("left", required: true);
        var right = body.Text("right", required: true);
        var scenes = body.Texts("scenes", required: false, most: 50);
        var template = body.Text("template", required: false);
        var key = ApiIds.IdempotencyKey(call);
        var (configuration, safety, baseModel) = await _rules.ReadAsync();
        foreach (var (side, modelKey) in new[] { ("left", left), ("right", right) })
        {
            if (modelKey is not null && (await KnownModels.ProblemAsync(_blobs, modelKey, call.Cancelled) ?? await ObjectionAsync(modelKey)) is { } problem)
            {
                body.Error(side, problem);
            }
        }

        if (left is not null && left == right)
        {
            body.Error("right", "a car is not compared with itself.");
        }

        string[] known = [.. configuration.Scenes.Select(s => s.Name)];
        foreach (var scene in (scenes ?? []).Where(s => !known.Contains(s)))
        {
            body.Error("scenes", $"there is no scene '{scene}'.{NearestName.Hint(scene, known)} There is: {string.Join(", ", known)}.");
        }

        if (template is not null && !configuration.Templates.ContainsKey(template))
        {
            body.Error("template", $"there is no template '{template}'.{NearestName.Hint(template, configuration.Templates.Keys)}");
        }

        if (body.Refused() is { } refused)
        {
            return refused;
        }

        var pair = new ChosenPair(left!, right!, scenes is { Count: > 0 } ? [.. scenes.Distinct()] : known, template ?? configuration.DefaultTemplate);
        return await StartAsync(call, pair, RequestId(pair, key), once: key.Length > 0);

        async Task<string?> ObjectionAsync(string modelKey)
        {
            var dataset = (await _datasets.LatestAsync(modelKey, call.Cancelled))?.Manifest;
            return dataset is null or { Released: false } ? $"{modelKey} is not released: concept cars are not rendered."
                : safety.Objection(modelKey, dataset.Make, dataset.DisplayName)
                ?? ComparisonRules.Objection(modelKey, dataset.Photos.Count, await _loras.LatestAsync(modelKey, call.Cancelled), baseModel);
        }
    }

    private static async Task<ApiResult> GetAsync(ApiCall call)
    {
        var id = call.Route["id"];
        var instance = ApiIds.IsRequest(id) ? await call.Engine.GetInstanceAsync(Instance(id), getInputsAndOutputs: true, call.Cancelled) : null;
        return instance is { Name: nameof(ComparisonOrchestrator) }
            ? ApiResult.Ok(StateView<ComparisonsDone>.Of(id, instance))
            : ApiResult.NotFound($"There is no comparison '{id}'. Ids are given by POST comparisons.");
    }

    /// <summary>Starts the pair; without <paramref name="once"/> one that ended is started again and finds what is rendered.</summary>
    internal static async Task<ApiResult> StartAsync(ApiCall call, ChosenPair pair, string id, bool once)
    {
        var unless = once ? EngineStarts.RunningOrCompleted : EngineStarts.Running;
        var started = await call.Engine.StartOnceAsync(nameof(ComparisonOrchestrator), new ComparisonInput(id, pair), Instance(id), unless, call.Cancelled);
        return ApiResult.Accepted(new Started(id, AlreadyThere: !started), $"/{LoraApi.Prefix}/comparisons/{id}");
    }

    /// <summary>Equal requests have an equal name.</summary>
    internal static string RequestId(ChosenPair pair, string key) => Digests.OfText($"{ContractJson.Serialize(pair)} {key}")[..16];

    private static string Instance(string id) => $"compare:{id}";
}
