namespace LoraFunctions.Imaging.Metadata;

/// <summary>A picture's metadata cannot be written, cannot be read back, or is not what was written.</summary>
public sealed class MetadataException(string message, Exception? innerException = null) : Exception(message, innerException);
