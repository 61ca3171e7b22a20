namespace LoraFunctions.Pipeline.Workflows;

/// <summary>Where an instance stands.</summary>
/// <param name="Name">One of <see cref="WorkflowNames"/>.</param>
/// <param name="OutputJson">The workflow's result as JSON once it is completed, else null.</param>
/// <param name="FailureReason">One line for a person when it failed, else null.</param>
public sealed record WorkflowState(
    string InstanceId,
    string Name,
    WorkflowStatus Status,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    string? OutputJson,
    string? FailureReason);
