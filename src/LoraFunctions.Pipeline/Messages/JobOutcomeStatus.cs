namespace LoraFunctions.Pipeline.Messages;

/// <summary>How waiting for a job ended.</summary>
public enum JobOutcomeStatus
{
    Succeeded,

    /// <summary>The worker says so in its result.</summary>
    Failed,

    /// <summary>No result in any of the attempts, or none before the night's deadline.</summary>
    TimedOut,
}
