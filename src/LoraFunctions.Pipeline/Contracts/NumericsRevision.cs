namespace LoraFunctions.Pipeline.Contracts;

/// <summary>
/// Part of every job's name. Raised only when results change, so that a release retrains nothing.
/// 2: training holds a tenth of the photos out unless told otherwise, and keeps the weights of the smallest loss on them.
/// </summary>
public static class NumericsRevision
{
    public const int Current = 2;
}
