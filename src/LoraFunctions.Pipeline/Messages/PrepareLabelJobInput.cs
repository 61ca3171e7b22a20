
namespace LoraFunctions.Pipeline.Messages;

/// <summary>Input of <see cref="Activities.ActivityNames.PrepareLabelJob"/>.</summary>
public sealed record PrepareLabelJobInput(PlannedListing Listing, BlobRef GateReport);
