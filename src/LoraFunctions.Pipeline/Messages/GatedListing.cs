
namespace LoraFunctions.Pipeline.Messages;

/// <summary>Result of <see cref="Activities.ActivityNames.GateListing"/>.</summary>
/// <param name="GateReport">A <see cref="GateReport"/> as JSON.</param>
public sealed record GatedListing(BlobRef GateReport, int Accepted, int Rejected);
