using LoraFunctions.Imaging.Codecs;

namespace LoraFunctions.Imaging.Metadata;

/// <summary>
/// Metadata in the bytes of a finished PNG or JPEG: no pixel is touched and no image library asked. PNG: text chunk
/// <c>parameters</c> and the XMP packet; JPEG: EXIF UserComment and the XMP packet.
/// </summary>
public static class PictureFile
{
    /// <summary>
    /// The same picture with this metadata in place of what it had; the last thing done to a picture. What was written is
    /// read back and compared before it is returned.
    /// </summary>
    /// <exception cref="MetadataException">Not a PNG or JPEG, too long for the format, or read back differently.</exception>
    public static byte[] WriteMetadata(byte[] encoded, PictureMetadata metadata)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        var xmp = metadata.Label is null ? null : XmpPacket.Build(metadata.Label);
        var written = FormatOf(encoded) == EncodedFormat.Png
            ? PngText.Write(encoded, metadata.Parameters, xmp)
            : JpegSegments.Write(encoded, metadata.Parameters, xmp);
        AiLabel.Verify(written, metadata);
        return written;
    }

    /// <exception cref="MetadataException">Not a whole PNG or JPEG, or a label that is not one.</exception>
    public static PictureMetadata ReadMetadata(byte[] encoded)
    {
        var (parameters, xmp) = FormatOf(encoded) == EncodedFormat.Png ? PngText.Read(encoded) : JpegSegments.Read(encoded);
        return new PictureMetadata(parameters, xmp is null ? null : XmpPacket.ReadLabel(xmp));
    }

    private static EncodedFormat FormatOf(byte[] encoded)
    {
        ArgumentNullException.ThrowIfNull(encoded);
        var format = FileStructure.Recognise(encoded);
        if (format is not (EncodedFormat.Png or EncodedFormat.Jpeg))
        {
            throw new MetadataException("Metadata is kept in PNG and JPEG files only; this is neither.");
        }

        try
        {
            FileStructure.RequireWhole(encoded, format.Value);
        }
        catch (UnreadableImageException e)
        {
            throw new MetadataException($"The metadata cannot be reached: {e.Message}.", e);
        }

        return format.Value;
    }
}
