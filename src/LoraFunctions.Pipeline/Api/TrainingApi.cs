using System.Text.Json;
using LoraFunctions.Pipeline.Configuration;
using LoraFunctions.Pipeline.Messages;
using LoraFunctions.Pipeline.Storage;
using LoraFunctions.Pipeline.Workflows;

namespace LoraFunctions.Pipeline.Api;

/// <summary>Training on demand. The host hands in its client, which some hosts have for the length of a call only.</summary>
public sealed class TrainingApi(BlobStore blobs)
{
    private const int MaxIdempotencyKeyLength = 40;

    /// <summary>A training that runs is not started again; one that ended is, and finds its result when nothing changed.</summary>
    private static readonly WorkflowStatus[] s_dedupe = [WorkflowStatus.Pending, WorkflowStatus.Running, WorkflowStatus.Suspended];

    /// <summary>The same with a key: then it is one training, ended or not.</summary>
    private static readonly WorkflowStatus[] s_dedupeWithKey = [.. s_dedupe, WorkflowStatus.Completed];

    /// <summary><c>POST trainings</c> with the body as text.</summary>
    public async Task<ApiResult> StartAsync(IWorkflowClient workflows, string body, CancellationToken cancellationToken)
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

        return await StartAsync(workflows, request, cancellationToken);
    }

    public async Task<ApiResult> StartAsync(IWorkflowClient workflows, StartTrainingRequest request, CancellationToken cancellationToken)
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
        var start = await workflows.StartAsync(
            WorkflowNames.TrainOnDemand,
            new TrainOnDemandInput(modelKey, idempotencyKey),
            id,
            idempotencyKey.Length > 0 ? s_dedupeWithKey : s_dedupe,
            cancellationToken);
        return ApiResult.Accepted(
            new TrainingStarted(id, start == WorkflowStart.AlreadyThere),
            ApiRoutes.Training.Replace("{id}", Uri.EscapeDataString(id)));
    }

    /// <summary><c>GET trainings/{id}</c>.</summary>
    public async Task<ApiResult> GetAsync(IWorkflowClient workflows, string id, CancellationToken cancellationToken)
    {
        if (await workflows.GetStateAsync(id, cancellationToken) is not { Name: WorkflowNames.TrainOnDemand } state)
        {
            return ApiResult.NotFound($"There is no training '{id}'. Ids are given by POST {ApiRoutes.Trainings}.");
        }

        var outcome = state.OutputJson is { } json ? ContractJson.Deserialize<CarModelOutcome>(json) : null;
        return ApiResult.Ok(new TrainingStateView(id, state.Status, state.CreatedAt, state.UpdatedAt, outcome, state.FailureReason));
    }

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
