using LoraFunctions.Imaging.Codecs;
using LoraFunctions.Imaging.Metadata;

namespace LoraFunctions.Imaging.Marking;

/// <summary>
/// The one way a generated picture becomes a file: visible mark, encoding, then parameters and implicit label, which are
/// read back and compared before the bytes are given out.
/// </summary>
public static class MarkedPicture
{
    /// <param name="parameters">How the picture was made, in WebUI's words.</param>
    /// <exception cref="MetadataException">The metadata could not be written or reads back differently.</exception>
    public static byte[] EncodePng(RgbImage picture, string parameters, AiLabel label, MarkCorner corner = MarkCorner.BottomRight) =>
        PictureFile.WriteMetadata(ImageCodec.EncodePng(AiMark.Apply(picture, corner)), new PictureMetadata(parameters, label));

    /// <inheritdoc cref="EncodePng"/>
    /// <param name="quality">1 to 100.</param>
    public static byte[] EncodeJpeg(
        RgbImage picture,
        string parameters,
        AiLabel label,
        MarkCorner corner = MarkCorner.BottomRight,
        int quality = ImageCodec.DefaultJpegQuality) =>
        PictureFile.WriteMetadata(ImageCodec.EncodeJpeg(AiMark.Apply(picture, corner), quality), new PictureMetadata(parameters, label));
}
