namespace LoraFunctions.Pipeline.Messages;

/// <summary>Input of <see cref="Workflows.WorkflowNames.TrainOnDemand"/>; its result is a <see cref="CarModelOutcome"/>.</summary>
/// <param name="IdempotencyKey">Another key trains again on the same inputs; may be empty.</param>
public sealed record TrainOnDemandInput(string ModelKey, string IdempotencyKey)
{
    public int SchemaVersion { get; init; } = 1;
}
