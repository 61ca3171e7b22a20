namespace LoraFunctions.Pipeline.Workflows;

/// <summary>An activity or a sub-workflow failed; the adapters turn their host's own exception into this one.</summary>
public sealed class ActivityFailedException : Exception
{
    public ActivityFailedException(string name, string reason, Exception? inner = null)
        : base($"{name} failed: {reason}", inner)
    {
        Name = name;
        Reason = reason;
    }

    /// <summary>Name of the activity or workflow.</summary>
    public string Name { get; }

    /// <summary>The message of what it threw, not of what lies inside that: our messages are complete for a person, inner ones are not.</summary>
    public string Reason { get; }
}
