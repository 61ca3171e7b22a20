using System.Text.Json;
using LoraFunctions.Pipeline.Orchestration;
using LoraFunctions.Pipeline.Storage;
using LoraFunctions.Pipeline.Training;
using Microsoft.DurableTask.Client;

namespace LoraFunctions.Pipeline.Api;

/// <summary>Body of a training on demand.</summary>
/// <param name="ModelKey">A car model that has a data set.</param>
/// <param name="IdempotencyKey">Optional. The same key starts one training however often it is sent; another key trains again on the same inputs.</param>
public sealed record StartTrainingRequest(string? ModelKey, string? IdempotencyKey = null);

/// <summary>Answer to a start.</summary>
/// <param name="Id">For <see cref="ApiRoutes.Training"/>.</param>
/// <param name="AlreadyThere">The training runs already; nothing was started.</param>
public sealed record TrainingStarted(string Id, bool AlreadyThere);

/// <summary>Training on demand. The host hands in its client, which some hosts have for the length of a call only.</summary>
public sealed class TrainingApi(BlobStore blobs)
{
    private const int MaxIdempotencyKeyLength = 40;

    /// <summary><c>POST trainings</c> with the body as text.</summary>
    public async Task<ApiResult> StartAsync(DurableTaskClient engine, string body, CancellationToken cancellationToken)
    {
        StartTrainingRequest request;
        try
        {
            request = ContractJson.Deserialize<StartTrainingRequest>(body);
        }
        catch (JsonException e)
        {
            return ApiResult.Invalid([$"The body is no training request such as {{\"modelKey\": \"tesla-model-y\"}}: {e.Message}"]);
        }

        return await StartAsync(engine, request, cancellationToken);
    }

    public async Task<ApiResult> StartAsync(DurableTaskClient engine, StartTrainingRequest request, CancellationToken cancellationToken)
    {
        var modelKey = request.ModelKey ?? "";
        var idempotencyKey = request.IdempotencyKey ?? "";
        var problems = new List<string>();
        if (await ModelKeyProblemAsync(modelKey, cancellationToken) is { } problem)
        {
            problems.Add(problem);
        }

        if (idempotencyKey.Length > MaxIdempotencyKeyLength || idempotencyKey.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.')))
        {
            problems.Add($"idempotencyKey is '{idempotencyKey}'; it may have up to {MaxIdempotencyKeyLength} letters, digits and - _ .");
        }

        if (problems.Count > 0)
        {
            return ApiResult.Invalid(problems);
        }

        var id = InstanceIds.TrainOnDemand(modelKey, idempotencyKey);

        // Without a key, one that ended is started again and finds its result when nothing changed; with a key it is one training, ended or not.
        var started = await engine.StartOnceAsync(
            nameof(TrainingOrchestrator),
            new TrainingInput(modelKey, Night: null, idempotencyKey),
            id,
            idempotencyKey.Length > 0 ? EngineStarts.RunningOrCompleted : EngineStarts.Running,
            cancellationToken);
        return ApiResult.Accepted(
            new TrainingStarted(id, AlreadyThere: !started),
            ApiRoutes.Training.Replace("{id}", Uri.EscapeDataString(id)));
    }

    /// <summary><c>GET trainings/{id}</c>.</summary>
    public async Task<ApiResult> GetAsync(DurableTaskClient engine, string id, CancellationToken cancellationToken) =>
        await engine.GetInstanceAsync(id, getInputsAndOutputs: true, cancellationToken) is { Name: nameof(TrainingOrchestrator) } instance
            ? ApiResult.Ok(StateView<CarModelOutcome>.Of(id, instance))
            : ApiResult.NotFound($"There is no training '{id}'. Ids are given by POST {ApiRoutes.Trainings}.");

    private async Task<string?> ModelKeyProblemAsync(string modelKey, CancellationToken cancellationToken)
    {
        if (modelKey.Length == 0)
        {
            return "modelKey is missing.";
        }

        if (!ModelKeys.IsKey(modelKey))
        {
            return $"modelKey is '{modelKey}'; it is no model key: lower-case letters, digits and '-', e.g. '{ModelKeys.Slug(modelKey)}'.";
        }

        if (await blobs.StatAsync(ContainerNames.Datasets, BlobNames.DatasetLatest(modelKey), cancellationToken) is not null)
        {
            return null;
        }

        var known = await blobs.ListFoldersAsync(ContainerNames.Datasets, cancellationToken);
        return $"modelKey is '{modelKey}'; no car model of that key has a data set.{NearestName.Hint(modelKey, known)}";
    }
}
