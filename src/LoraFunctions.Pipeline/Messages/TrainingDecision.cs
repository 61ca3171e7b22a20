
namespace LoraFunctions.Pipeline.Messages;

/// <summary>Result of <see cref="Activities.ActivityNames.PrepareTrainJob"/>.</summary>
/// <param name="Reason">What is missing; null when a job is due.</param>
/// <param name="Job">The training to run; null when none is due.</param>
/// <param name="Lora">The LoRA there is already, if any.</param>
public sealed record TrainingDecision(
    string DisplayName,
    TrainingDue Due,
    int Photos,
    string? Reason,
    PreparedJob? Job,
    BlobRef? Lora);
