
namespace LoraFunctions.Pipeline.Messages;

/// <summary>Result of <see cref="Workflows.WorkflowNames.Nightly"/>; the whole story is in <see cref="Report"/>.</summary>
/// <param name="Report">A <see cref="NightReport"/> as JSON.</param>
/// <param name="Manifest">Name of the published manifest in <c>asset-library</c>; null when no picture was published.</param>
public sealed record NightOutcome(string Date, NightStatus Status, int Pictures, int Problems, BlobRef Report, string? Manifest)
{
    public int SchemaVersion { get; init; } = 1;
}
