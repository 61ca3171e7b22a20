namespace LoraFunctions.Pipeline.Contracts;

/// <summary>Part of every job's name. Raised only when results change, so that a release retrains nothing.</summary>
public static class NumericsRevision
{
    public const int Current = 1;
}
