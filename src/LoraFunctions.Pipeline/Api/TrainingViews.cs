using LoraFunctions.Pipeline.Training;
using Microsoft.DurableTask.Client;

namespace LoraFunctions.Pipeline.Api;

/// <summary>Body of a training on demand: a car model that has a data set, or an uploaded set.</summary>
/// <param name="ModelKey">A car model that has a data set.</param>
/// <param name="Upload">The id that POST uploads gave.</param>
/// <param name="Overrides">Keys of the training's YAML that shall be otherwise for this training, e.g. <c>{"epochs": 10}</c>.</param>
/// <param name="IdempotencyKey">The same key starts one training however often it is sent; another key trains again on the same inputs.</param>
public sealed record StartTrainingRequest(
    string? ModelKey = null,
    string? Upload = null,
    IReadOnlyDictionary<string, double>? Overrides = null,
    string? IdempotencyKey = null);

/// <summary>Answer to a start.</summary>
/// <param name="Id">Of the training.</param>
/// <param name="AlreadyThere">It runs already, or this key has started it before; nothing was started.</param>
public sealed record Started(string Id, bool AlreadyThere);

/// <summary>Where a training stands.</summary>
/// <param name="JobId">Null before it is on the queue.</param>
/// <param name="Stage">One or two words; null before the worker has begun.</param>
/// <param name="Step">Units done of <paramref name="Steps"/> in this stage.</param>
/// <param name="EndsAt">When the stage ends, at its pace so far.</param>
/// <param name="Samples">Sheets of sample pictures, oldest first; the links are good for minutes.</param>
/// <param name="Outcome">Once it is completed.</param>
/// <param name="FailureReason">When the orchestration itself failed; a training that failed is an outcome.</param>
public sealed record TrainingView(
    string Id,
    OrchestrationRuntimeStatus Status,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    string? JobId,
    string? Stage,
    int? Step,
    int? Steps,
    double? Loss,
    DateTimeOffset? EndsAt,
    IReadOnlyList<SampleLink> Samples,
    CarModelOutcome? Outcome,
    string? FailureReason);

/// <summary>A sheet of sample pictures.</summary>
public sealed record SampleLink(string Name, Uri Url);

/// <summary>A person's word to a running training.</summary>
/// <param name="Action"><c>continue</c>, <c>stop</c> or <c>learningRate</c>.</param>
/// <param name="LearningRate">With that action.</param>
/// <param name="By">Who says it.</param>
/// <param name="Reason">Why.</param>
public sealed record ReviewRequest(string Action, string By, double? LearningRate = null, string? Reason = null);

/// <summary>What was taken down.</summary>
/// <param name="ETag">For the header If-Match of the next word.</param>
public sealed record Reviewed(string Id, string JobId, string ETag);

/// <summary>Where an orchestration stands.</summary>
/// <param name="Outcome">Once it is completed.</param>
/// <param name="FailureReason">When the orchestration itself failed.</param>
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
        new(id, instance.RuntimeStatus, instance.CreatedAt, instance.LastUpdatedAt, instance.Outcome<TOutcome>(), instance.FailureReason());
}

/// <summary>What an instance tells of its end.</summary>
internal static class InstanceEnds
{
    public static TOutcome? Outcome<TOutcome>(this OrchestrationMetadata instance)
        where TOutcome : class =>
        instance is { RuntimeStatus: OrchestrationRuntimeStatus.Completed, SerializedOutput: { } json } ? ContractJson.Deserialize<TOutcome>(json) : null;

    public static string? FailureReason(this OrchestrationMetadata instance) =>
        instance.FailureDetails is { } failure ? Secrets.Redact(failure.ErrorMessage) : null;
}
