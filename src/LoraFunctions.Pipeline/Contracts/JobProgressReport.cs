namespace LoraFunctions.Pipeline.Contracts;

/// <summary>
/// <c>jobs/{jobId}/status.json</c>: how far a job is, written by the worker every few seconds while it runs. For people's eyes only:
/// the truth about a job's end is its <see cref="JobResult"/>.
/// </summary>
/// <param name="Attempt">From 1.</param>
/// <param name="Stage">One or two words, e.g. <c>training</c>.</param>
/// <param name="Done">Units done, of <paramref name="Total"/> in this stage.</param>
/// <param name="Loss">Training only: the last step's.</param>
public sealed record JobProgressReport(
    int SchemaVersion,
    string JobId,
    JobKind Kind,
    int Attempt,
    string Stage,
    int Done,
    int Total,
    double? Loss,
    DateTimeOffset UpdatedAt)
{
    public const int CurrentSchemaVersion = 1;
}
