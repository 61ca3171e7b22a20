namespace LoraFunctions.Pipeline.Contracts;

/// <summary><c>jobs/{jobId}/result.json</c>, committed last with <c>If-None-Match: *</c>; whoever loses the race adopts the winner's.</summary>
/// <param name="Attempt">Which attempt's artefacts count.</param>
/// <param name="Error">Why it failed, one line for a person; null when it succeeded.</param>
/// <param name="Artefacts">What the job made, below <c>jobs/{jobId}/{attempt}/</c>, in the order of their names.</param>
/// <param name="Metrics">Numbers worth a line in the report, e.g. <c>final_loss</c>.</param>
/// <param name="Times">Everything that differs between two equal runs.</param>
public sealed record JobResult(
    int SchemaVersion,
    string JobId,
    JobKind Kind,
    JobStatus Status,
    int Attempt,
    string? Error,
    IReadOnlyList<BlobRef> Artefacts,
    IReadOnlyDictionary<string, double> Metrics,
    JobTimes Times)
{
    public const int CurrentSchemaVersion = 1;
}
