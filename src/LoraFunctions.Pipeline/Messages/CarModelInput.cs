namespace LoraFunctions.Pipeline.Messages;

/// <summary>Input of <see cref="Workflows.WorkflowNames.CarModel"/>.</summary>
/// <param name="Listings">This night's listings of the model that did not fail.</param>
public sealed record CarModelInput(string Date, string ModelKey, IReadOnlyList<GatedAndLabelled> Listings, DateTime? DeadlineUtc)
{
    public int SchemaVersion { get; init; } = 1;
}
