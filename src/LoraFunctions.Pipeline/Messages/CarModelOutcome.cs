
namespace LoraFunctions.Pipeline.Messages;

/// <summary>Result of <see cref="Workflows.WorkflowNames.CarModel"/>.</summary>
/// <param name="DisplayName">As the data set has it; the key where there is none.</param>
/// <param name="Photos">In the data set.</param>
/// <param name="JobId">The training job, if one was due.</param>
/// <param name="Lora">Published this night or, when it is up to date, earlier.</param>
/// <param name="Reason">What is missing, or why it failed.</param>
public sealed record CarModelOutcome(
    string ModelKey,
    string DisplayName,
    CarModelStatus Status,
    int Photos,
    string? JobId,
    BlobRef? Lora,
    string? Reason)
{
    public int SchemaVersion { get; init; } = 1;

    /// <summary>Listings that could not be taken into the data set, with the reason.</summary>
    public IReadOnlyList<ReportedProblem> LeftOut { get; init; } = [];
}
