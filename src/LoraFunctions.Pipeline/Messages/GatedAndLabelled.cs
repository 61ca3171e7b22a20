
namespace LoraFunctions.Pipeline.Messages;

/// <summary>A listing that is ready to be taken into a data set.</summary>
/// <param name="LabelJobId">Null when the gate let no photo through: the data set then takes in the report only.</param>
public sealed record GatedAndLabelled(string ListingId, string ListingKey, BlobRef GateReport, string? LabelJobId);
