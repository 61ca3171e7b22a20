namespace LoraFunctions.Pipeline.Messages;

/// <summary>Input of <see cref="Workflows.WorkflowNames.Listing"/>.</summary>
public sealed record ListingInput(string Date, PlannedListing Listing, DateTime? DeadlineUtc)
{
    public int SchemaVersion { get; init; } = 1;
}
