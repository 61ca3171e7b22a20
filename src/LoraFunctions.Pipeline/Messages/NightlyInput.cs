namespace LoraFunctions.Pipeline.Messages;

/// <summary>Input of <see cref="Workflows.WorkflowNames.Nightly"/>.</summary>
/// <param name="Date">The night's date in <c>Nightly:TimeZone</c>, <c>yyyy-MM-dd</c>.</param>
/// <param name="DeadlineUtc">When nothing new is waited for any more and what there is gets published; null for a night started by hand.</param>
public sealed record NightlyInput(string Date, DateTime? DeadlineUtc)
{
    public int SchemaVersion { get; init; } = 1;
}
