namespace LoraFunctions.Pipeline.Storage;

/// <summary>A blob that must be there is not.</summary>
public sealed class MissingBlobException : Exception
{
    public MissingBlobException(string container, string name, Uri service, Exception? inner = null)
        : base($"{container}/{name} is not there (looked in {service}).", inner)
    {
    }

    public MissingBlobException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
