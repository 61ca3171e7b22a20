namespace LoraFunctions.Pipeline.Workflows;

/// <summary>What a start came to.</summary>
public enum WorkflowStart
{
    Started,

    /// <summary>An instance of that name is in one of the dedupe statuses; nothing was started.</summary>
    AlreadyThere,
}
