namespace LoraFunctions.Pipeline.Messages;

/// <summary>Whether a car model is to be trained.</summary>
public enum TrainingDue
{
    Now,

    /// <summary>It has a LoRA, and too few new photos for another.</summary>
    UpToDate,

    /// <summary>Too few photos, no data set, or not released.</summary>
    NotYet,
}
