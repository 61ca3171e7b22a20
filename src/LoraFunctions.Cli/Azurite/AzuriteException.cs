namespace LoraFunctions.Cli.Azurite;

/// <summary>Azurite could not be installed or started. The message is complete for a person: what, and what to do.</summary>
public sealed class AzuriteException : Exception
{
    public AzuriteException(string message)
        : base(message)
    {
    }

    public AzuriteException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
