namespace LoraFunctions.Pipeline.Messages;

/// <summary>Result of <see cref="Workflows.WorkflowNames.Comparison"/>.</summary>
public sealed record ComparisonOutcome(string Left, string Right, string Scene, string JobId, JobOutcomeStatus Status, string? Reason)
{
    public int SchemaVersion { get; init; } = 1;
}
