namespace LoraFunctions.Pipeline.Messages;

/// <summary>How a night ended. A model that still waits for photos is no problem.</summary>
public enum NightStatus
{
    Succeeded,

    /// <summary>It ran to its end; something failed on the way and is named in the report.</summary>
    SucceededWithProblems,

    /// <summary>It could not be planned.</summary>
    Failed,
}
