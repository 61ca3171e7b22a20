using System.Buffers.Binary;
using System.Security.Cryptography;

namespace LoraFunctions.Imaging.Pixels;

/// <summary>Names a picture by what it shows: the same pixels give the same digest, whatever file they came from.</summary>
public static class PixelDigest
{
    /// <summary>SHA-256 over width and height (32-bit little endian each) and all pixels, 64 lower-case hexadecimal digits.</summary>
    public static string Of(RgbImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return Of((IPixelRows)image);
    }

    internal static string Of(IPixelRows image)
    {
        Span<byte> size = stackalloc byte[8];
        BinaryPrimitives.WriteInt32LittleEndian(size, image.Width);
        BinaryPrimitives.WriteInt32LittleEndian(size[4..], image.Height);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(size);
        for (var y = 0; y < image.Height; y++)
        {
            hash.AppendData(image.Row(y));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
