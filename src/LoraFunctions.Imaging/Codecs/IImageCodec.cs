namespace LoraFunctions.Imaging.Codecs;

/// <summary>
/// All that is asked of an image library. Limits, orientation, alpha and everything computed from pixels are ours and
/// the same for every library. Colours are taken as stored: embedded profiles are not applied.
/// </summary>
internal interface IImageCodec
{
    /// <summary>Reads the header only.</summary>
    /// <exception cref="UnreadableImageException">The library does not understand the header.</exception>
    StoredImage Identify(byte[] encoded);

    /// <summary>Decodes the first frame as stored.</summary>
    /// <param name="minShorterSide">When set: at the smallest size the library offers whose shorter side is at least this.</param>
    /// <exception cref="UnreadableImageException">Not every pixel could be decoded.</exception>
    RgbaPixels Decode(byte[] encoded, int? minShorterSide);

    /// <summary>24-bit PNG without text, time or colour profile; the same picture gives the same bytes.</summary>
    byte[] EncodePng(RgbImage image);

    /// <summary>Baseline JPEG; colour is kept at full resolution from quality 90 on, else halved in both directions.</summary>
    byte[] EncodeJpeg(RgbImage image, int quality);
}
