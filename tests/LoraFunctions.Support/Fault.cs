namespace LoraFunctions.Support;

/// <summary>What happens to one request on its way.</summary>
public enum Fault
{
    /// <summary>It does not arrive: the connection is refused.</summary>
    Refused,

    /// <summary>It is not done: the service answers that it is busy.</summary>
    Busy,

    /// <summary>It is done, and the connection breaks before the answer comes.</summary>
    AnswerLost,

    /// <summary>It arrives twice; the second answer comes.</summary>
    Twice,

    /// <summary>It does not arrive, and nothing comes until the caller gives up.</summary>
    Hangs,

    /// <summary>It arrives only after <see cref="FaultyTransport.Release"/>, whether or not the caller has gone; the caller's patience is not heard.</summary>
    Late,

    /// <summary>No identity gives a token for it.</summary>
    Unauthenticated,
}
