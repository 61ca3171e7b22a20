using LoraFunctions.Imaging.Codecs;

namespace LoraFunctions.Imaging.Metadata;

/// <summary>What a finished picture says about itself.</summary>
/// <param name="Parameters">How it was made, in WebUI's words (prompt, negative prompt, steps ...); null when it does not say.</param>
/// <param name="Label">The implicit AI label, with IPTC's source type; null when it has none.</param>
public sealed record PictureMetadata(string? Parameters, AiLabel? Label);

/// <summary>A picture's metadata cannot be written, cannot be read back, or is not what was written.</summary>
public sealed class MetadataException(string message, Exception? innerException = null) : Exception(message, innerException);

/// <summary>Finished pictures: PNG with the text chunk <c>parameters</c> and the XMP packet.</summary>
public static class PictureFile
{
    /// <summary>
    /// Encodes the picture with this metadata, its label sealed for these pixels; what was written is read back and compared before it is
    /// returned.
    /// </summary>
    /// <exception cref="MetadataException">It reads back differently.</exception>
    public static byte[] EncodePng(RgbImage picture, PictureMetadata metadata)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        metadata = metadata with { Label = metadata.Label?.Sealed(picture, metadata.Parameters) };
        var written = ImageCodec.EncodePng(picture, metadata.Parameters, metadata.Label is { } label ? XmpPacket.Build(label) : null);
        AiLabel.Verify(written, metadata);
        return written;
    }

    /// <exception cref="MetadataException">Not a whole PNG, or a label that is not one.</exception>
    public static PictureMetadata ReadMetadata(byte[] encoded)
    {
        ArgumentNullException.ThrowIfNull(encoded);
        if (!encoded.AsSpan().StartsWith(PngStructure.Signature))
        {
            throw new MetadataException("Metadata is kept in PNG files only; this is none.");
        }

        try
        {
            var (parameters, xmp) = ImageCodec.ReadText(encoded);
            return new PictureMetadata(parameters, xmp is null ? null : XmpPacket.ReadLabel(xmp));
        }
        catch (UnreadableImageException e)
        {
            throw new MetadataException($"The metadata cannot be reached: {e.Message}.", e);
        }
    }
}
