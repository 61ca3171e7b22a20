namespace LoraFunctions.Pipeline.Messages;

/// <summary>How a listing ended. A failed one is taken up again by the next night.</summary>
public enum ListingStatus
{
    Labelled,

    /// <summary>The gate let no photo through.</summary>
    NothingAccepted,

    Failed,
}
