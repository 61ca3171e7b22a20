using LoraFunctions.Pipeline.Jobs;

namespace LoraFunctions.Pipeline.Training;

/// <summary>Input of <see cref="PrepareTrainJob"/>, and of <see cref="TrainingOrchestrator"/> where a person asks.</summary>
/// <param name="Night">The night's date; null when a person asked: then neither the minimum of photos nor an existing LoRA hold it back.</param>
/// <param name="IdempotencyKey">Part of the job's name: another key trains again on the same inputs. Empty for the night.</param>
public sealed record TrainingInput(string ModelKey, string? Night, string IdempotencyKey)
{
    /// <summary>A listing that a person uploaded for this training; it goes through gate and labels first. Null: the data set as it is.</summary>
    public string? Upload { get; init; }

    /// <summary>YAML over the car model's own, for this training alone; null: none.</summary>
    public BlobRef? Overrides { get; init; }
}

/// <summary>Result of <see cref="PrepareTrainJob"/>.</summary>
/// <param name="Reason">What is missing; null when a job is due.</param>
/// <param name="Job">The training to run; null when none is due.</param>
/// <param name="Lora">The LoRA there is already, if any.</param>
public sealed record PreparedTraining(
    string ModelKey,
    string DisplayName,
    TrainingDue Due,
    int Photos,
    string? Reason,
    PreparedJob? Job,
    BlobRef? Lora)
{
    public CarModelOutcome Outcome(CarModelStatus status, string? reason) => new(ModelKey, DisplayName, status, Photos, Job?.JobId, Lora, reason);

    /// <summary>Where no job is due.</summary>
    public CarModelOutcome NotTrained() => Outcome(Due == TrainingDue.UpToDate ? CarModelStatus.UpToDate : CarModelStatus.Waiting, Reason);
}

/// <summary>Input of <see cref="PublishLora"/>; the result names the LoRA.</summary>
/// <param name="Night">The night's date; null when a person asked.</param>
/// <param name="AsOf">When the night, or the person's request, began.</param>
public sealed record PublishLoraInput(string ModelKey, string JobId, string? Night, DateTime AsOf);

/// <summary>Whether a car model is to be trained.</summary>
public enum TrainingDue
{
    Now,

    /// <summary>It has a LoRA, and too few new photos for another.</summary>
    UpToDate,

    /// <summary>Too few photos, no data set, or not released.</summary>
    NotYet,
}
