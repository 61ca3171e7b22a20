using Microsoft.DurableTask.Client;

namespace LoraFunctions.Pipeline.Api;

/// <summary>What a handler answers; hosts turn it into HTTP.</summary>
/// <param name="StatusCode">200, 202, 400 or 404.</param>
/// <param name="Body">Written by <see cref="ContractJson.Options"/>: the value, or an <see cref="ApiProblem"/>.</param>
/// <param name="Location">Relative to the host's prefix; null when there is none.</param>
public sealed record ApiResult(int StatusCode, object Body, string? Location = null)
{
    public static ApiResult Ok(object body) => new(200, body);

    public static ApiResult Accepted(object body, string location) => new(202, body, location);

    public static ApiResult Invalid(IReadOnlyList<string> problems) => new(400, new ApiProblem(problems));

    public static ApiResult NotFound(string problem) => new(404, new ApiProblem([problem]));
}

/// <summary>Everything that is wrong with a request, at once.</summary>
public sealed record ApiProblem(IReadOnlyList<string> Problems);

/// <summary>Where a night or a training stands.</summary>
/// <param name="Id">As it was asked for.</param>
/// <param name="Outcome">Once it is completed.</param>
/// <param name="FailureReason">When the orchestration itself failed; a training that failed is an outcome.</param>
public sealed record StateView<TOutcome>(
    string Id,
    OrchestrationRuntimeStatus Status,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    TOutcome? Outcome,
    string? FailureReason)
    where TOutcome : class
{
    internal static StateView<TOutcome> Of(string id, OrchestrationMetadata instance) =>
        new(
            id,
            instance.RuntimeStatus,
            instance.CreatedAt,
            instance.LastUpdatedAt,
            instance is { RuntimeStatus: OrchestrationRuntimeStatus.Completed, SerializedOutput: { } json } ? ContractJson.Deserialize<TOutcome>(json) : null,
            instance.FailureDetails is { } failure ? Secrets.Redact(failure.ErrorMessage) : null);
}
