namespace LoraFunctions.Diffusion.Training;

/// <summary>Where one model's training stands, or how it ended.</summary>
public enum TrainingOutcome
{
    Running,

    /// <summary>All epochs were trained.</summary>
    Completed,

    /// <summary>The validation loss kept rising.</summary>
    StoppedEarly,

    /// <summary>A person said stop.</summary>
    StoppedByPerson,

    /// <summary>A loss or gradient was not finite.</summary>
    Diverged,
}
