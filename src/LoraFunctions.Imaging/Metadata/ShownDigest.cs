using System.Security.Cryptography;
using LoraFunctions.Imaging.Codecs;
using LoraFunctions.Imaging.Pixels;

namespace LoraFunctions.Imaging.Metadata;

/// <summary>
/// Names what a file shows, whatever it says about itself. Of a lossless PNG its pixels; of JPEG and WebP the coded picture: decoders may differ
/// in the last bit of a pixel, and every saving changes the code.
/// </summary>
internal static class ShownDigest
{
    /// <param name="image">The file, decoded.</param>
    /// <exception cref="UnreadableImageException">Not a whole picture.</exception>
    public static string Of(byte[] file, RgbImage image) =>
        file.AsSpan().StartsWith(PngStructure.Signature)
            ? PixelDigest.Of(image)
            : Convert.ToHexStringLower(SHA256.HashData(FileStructure.Check(file, DecodeOptions.Default).Core));
}
