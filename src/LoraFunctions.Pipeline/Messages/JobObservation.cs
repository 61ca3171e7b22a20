
namespace LoraFunctions.Pipeline.Messages;

/// <summary>What <c>jobs/{jobId}/result.json</c> says.</summary>
/// <param name="Status">Null while there is no result.</param>
public sealed record JobObservation(JobStatus? Status, string? Error)
{
    public static JobObservation NoResult { get; } = new(null, null);
}
