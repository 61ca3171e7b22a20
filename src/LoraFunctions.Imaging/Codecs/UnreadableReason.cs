namespace LoraFunctions.Imaging.Codecs;

/// <summary>Why a file gave no picture.</summary>
public enum UnreadableReason
{
    /// <summary>No bytes at all.</summary>
    Empty,

    /// <summary>Neither JPEG, PNG nor WebP, whatever the name says.</summary>
    UnknownFormat,

    /// <summary>The file stops before its picture does.</summary>
    Truncated,

    /// <summary>The bytes contradict themselves.</summary>
    Damaged,

    /// <summary>More bytes than <see cref="DecodeOptions.MaxBytes"/>.</summary>
    TooManyBytes,

    /// <summary>More pixels than <see cref="DecodeOptions.MaxPixels"/>; nothing was decoded.</summary>
    TooManyPixels,
}
