namespace LoraFunctions.Pipeline.Messages;

/// <summary>How a car model ended this night.</summary>
public enum CarModelStatus
{
    Trained,

    /// <summary>It has a LoRA, and too few new photos for another.</summary>
    UpToDate,

    /// <summary>Something is missing before it can be trained; the reason says what.</summary>
    Waiting,

    Failed,
}
