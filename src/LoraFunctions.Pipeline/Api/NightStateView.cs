using LoraFunctions.Pipeline.Messages;
using LoraFunctions.Pipeline.Workflows;

namespace LoraFunctions.Pipeline.Api;

/// <summary>Where a night stands.</summary>
/// <param name="Outcome">Once it is completed.</param>
public sealed record NightStateView(
    string Date,
    WorkflowStatus Status,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    NightOutcome? Outcome,
    string? FailureReason);
