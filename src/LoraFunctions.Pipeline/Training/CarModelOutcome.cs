
namespace LoraFunctions.Pipeline.Training;

/// <summary>How a car model ended.</summary>
/// <param name="DisplayName">As the data set has it; the key where there is none.</param>
/// <param name="Photos">In the data set.</param>
/// <param name="JobId">The training job, if one was due.</param>
/// <param name="Lora">Published this night or, where it was not trained, earlier.</param>
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
    /// <summary>It could not even be looked at whether it is due, or the engine itself failed.</summary>
    public static CarModelOutcome Failed(string modelKey, string reason) => new(modelKey, modelKey, CarModelStatus.Failed, 0, null, null, reason);
}

/// <summary>How a car model ended this night.</summary>
public enum CarModelStatus
{
    Trained,

    /// <summary>It has a LoRA, and too few new photos for another.</summary>
    UpToDate,

    /// <summary>Something is missing before it can be trained; the reason says what.</summary>
    Waiting,

    /// <summary>Its training no longer fitted into the night; the next one takes it up, where it is half done from its checkpoint.</summary>
    CarriedOver,

    Failed,
}
