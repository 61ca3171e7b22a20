namespace LoraFunctions.Imaging.Gate;

/// <summary>Why a photo is not used.</summary>
public enum GateReason
{
    /// <summary>Not a whole picture within the decoder's limits.</summary>
    Unreadable,

    /// <summary>The shorter side has too few pixels.</summary>
    TooSmall,

    /// <summary>Edges are smeared too far.</summary>
    Blurred,

    /// <summary>Every pixel equals that of a photo already accepted.</summary>
    ExactDuplicate,
}
