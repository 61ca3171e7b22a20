
namespace LoraFunctions.Pipeline.Messages;

/// <summary>Result of <see cref="Workflows.WorkflowNames.Listing"/>.</summary>
/// <param name="GateReport">Which photos were accepted and why the others were not; null when the gate itself failed.</param>
/// <param name="LabelJobId">The job that labelled the accepted photos; null when there were none or it failed.</param>
/// <param name="Reason">Why it failed, one line for a person.</param>
public sealed record ListingOutcome(
    PlannedListing Listing,
    ListingStatus Status,
    int Accepted,
    int Rejected,
    BlobRef? GateReport,
    string? LabelJobId,
    string? Reason)
{
    public int SchemaVersion { get; init; } = 1;
}
