namespace LoraFunctions.Imaging.Codecs;

/// <summary>
/// A file is not a whole picture within the limits. The message is a part of a sentence that fits behind
/// "photo.jpg cannot be read: " and is meant for a person.
/// </summary>
public sealed class UnreadableImageException : Exception
{
    public UnreadableImageException(UnreadableReason reason, string message, Exception? innerException = null)
        : base(message, innerException) => Reason = reason;

    public UnreadableReason Reason { get; }
}
