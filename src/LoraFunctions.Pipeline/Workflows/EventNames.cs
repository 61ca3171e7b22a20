namespace LoraFunctions.Pipeline.Workflows;

/// <summary>Names of the events that workflows wait for.</summary>
public static class EventNames
{
    /// <summary>The GPU worker is done with what attempt <paramref name="attempt"/> (from 1) put on the queue.</summary>
    public static string Done(int attempt) => $"done-{attempt}";
}
