namespace LoraFunctions.Pipeline.Messages;

/// <summary>Input of <see cref="Activities.ActivityNames.GateListing"/>.</summary>
public sealed record GateListingInput(PlannedListing Listing);
