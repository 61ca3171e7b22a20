using LoraFunctions.Pipeline.Messages;
using LoraFunctions.Pipeline.Workflows;

namespace LoraFunctions.Pipeline.Api;

/// <summary>Where a training stands.</summary>
/// <param name="Outcome">Once it is completed.</param>
/// <param name="FailureReason">When the workflow itself failed; a training that failed is an outcome.</param>
public sealed record TrainingStateView(
    string Id,
    WorkflowStatus Status,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    CarModelOutcome? Outcome,
    string? FailureReason);
