namespace LoraFunctions.Pipeline.Workflows;

/// <summary>An activity or a sub-workflow failed; the adapters turn their host's own exception into this one.</summary>
public sealed class ActivityFailedException : Exception
{
    /// <param name="message">Of what was thrown, not of what lies inside that: our messages are complete for a person, inner ones are not.</param>
    public ActivityFailedException(string name, string message, Exception? inner = null)
        : base($"{name} failed: {OneLine(message)}", inner)
    {
        Name = name;
        Reason = OneLine(message);
    }

    /// <summary>Name of the activity or workflow.</summary>
    public string Name { get; }

    /// <summary>Why, in one line for a person.</summary>
    public string Reason { get; }

    /// <summary>A list of problems in one line. Azure's messages go on with request ids, headers and the answer's XML; those are for logs.</summary>
    private static string OneLine(string message) =>
        string.Join(
            "; ",
            message.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .TakeWhile(line => !line.StartsWith("RequestId:", StringComparison.Ordinal)));
}
