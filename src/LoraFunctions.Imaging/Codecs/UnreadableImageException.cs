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

/// <summary>Why a file gave no picture.</summary>
public enum UnreadableReason
{
    /// <summary>No bytes at all.</summary>
    Empty,

    /// <summary>No picture that is known, whatever the name says.</summary>
    UnknownFormat,

    /// <summary>A picture of a kind that is known but not read: HEIC, AVIF, an animated WebP, a tiled TIFF ...</summary>
    Unsupported,

    /// <summary>The file stops before its picture does.</summary>
    Truncated,

    /// <summary>The bytes contradict themselves.</summary>
    Damaged,

    /// <summary>More bytes than <see cref="DecodeOptions.MaxBytes"/>.</summary>
    TooManyBytes,

    /// <summary>More pixels than <see cref="DecodeOptions.MaxPixels"/>; nothing was decoded.</summary>
    TooManyPixels,
}
