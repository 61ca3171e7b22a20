namespace LoraFunctions.Pipeline.Messages;

/// <summary>Input of <see cref="Workflows.WorkflowNames.GpuJob"/>.</summary>
public sealed record GpuJobInput(PreparedJob Job, DateTime? DeadlineUtc)
{
    public int SchemaVersion { get; init; } = 1;
}
