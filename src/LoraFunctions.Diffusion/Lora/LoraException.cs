namespace LoraFunctions.Diffusion.Lora;

/// <summary>A LoRA file that cannot be read, or that does not fit the model; the message is complete for a person.</summary>
public sealed class LoraException : Exception
{
    public LoraException(string message)
        : base(message)
    {
    }

    public LoraException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Counts and the first few names of a long list.</summary>
    internal static string Names(IReadOnlyCollection<string> names, int shown = 5) =>
        string.Join(", ", names.Take(shown)) + (names.Count > shown ? $" and {names.Count - shown} more" : string.Empty);
}
