namespace LoraFunctions.Pipeline.Messages;

/// <summary>Result of <see cref="Workflows.WorkflowNames.GpuJob"/>; the artefacts are found through <c>jobs/{jobId}/result.json</c>.</summary>
/// <param name="Attempts">How often it was put on the queue; 0 when its result was there already.</param>
/// <param name="Reason">Why it did not succeed, one line for a person.</param>
public sealed record JobOutcome(string JobId, JobOutcomeStatus Status, int Attempts, string? Reason)
{
    public int SchemaVersion { get; init; } = 1;
}
