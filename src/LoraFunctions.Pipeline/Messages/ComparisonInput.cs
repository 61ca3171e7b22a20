namespace LoraFunctions.Pipeline.Messages;

/// <summary>Input of <see cref="Workflows.WorkflowNames.Comparison"/>.</summary>
public sealed record ComparisonInput(PlannedComparison Comparison, DateTime? DeadlineUtc)
{
    public int SchemaVersion { get; init; } = 1;
}
