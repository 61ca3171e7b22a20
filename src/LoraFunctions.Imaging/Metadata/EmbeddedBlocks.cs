using System.Buffers.Binary;
using LoraFunctions.Imaging.Codecs;

namespace LoraFunctions.Imaging.Metadata;

/// <summary>The EXIF and XMP blocks of JPEG (segments APP1) and WebP (RFC 9649, 2.7: parts of an extended file).</summary>
internal static class EmbeddedBlocks
{
    private const int MostInSegment = ushort.MaxValue - 2;
    private const byte App0 = 0xE0;
    private const byte App1 = 0xE1;
    private const byte StartOfScan = 0xDA;
    private const byte HasExif = 0x08;
    private const byte HasXmp = 0x04;

    private static ReadOnlySpan<byte> ExifStart => "Exif\0\0"u8;

    private static ReadOnlySpan<byte> XmpStart => "http://ns.adobe.com/xap/1.0/\0"u8;

    /// <param name="file">Whole, as our own encoder makes it: without blocks.</param>
    /// <exception cref="MetadataException">A block is longer than the format allows.</exception>
    public static byte[] Add(byte[] file, CheckedFile about, byte[] exif, byte[]? xmp)
    {
        if (about.Format == PictureFormat.WebP)
        {
            return Riff(
            [
                Part("VP8X"u8, [(byte)(HasExif | (xmp is null ? 0 : HasXmp)), 0, 0, 0, .. U24(about.Width - 1), .. U24(about.Height - 1)]),
                file[12..],
                Part("EXIF"u8, exif),
                xmp is null ? [] : Part("XMP "u8, xmp),
            ]);
        }

        // JFIF wants to be the first segment.
        var at = file[3] == App0 ? 4 + BinaryPrimitives.ReadUInt16BigEndian(file.AsSpan(4)) : 2;
        return [.. file[..at], .. Segment([.. ExifStart, .. exif]), .. xmp is null ? [] : Segment([.. XmpStart, .. xmp]), .. file[at..]];
    }

    /// <summary>The first of each; null where there is none.</summary>
    /// <param name="file">Known to be whole.</param>
    public static (byte[]? Exif, byte[]? Xmp) Read(ReadOnlySpan<byte> file, PictureFormat format)
    {
        byte[]? exif = null, xmp = null;
        if (format == PictureFormat.WebP)
        {
            for (var at = 12; at + 8 <= file.Length;)
            {
                var length = (int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(file[(at + 4)..]), (uint)(file.Length - at - 8));
                var type = file.Slice(at, 4);
                var data = file.Slice(at + 8, length);
                exif ??= type.SequenceEqual("EXIF"u8) ? After(data, data.StartsWith(ExifStart) ? ExifStart : []) : null;
                xmp ??= type.SequenceEqual("XMP "u8) ? data.ToArray() : null;
                at += 8 + length + (length & 1);
            }

            return (exif, xmp);
        }

        for (var at = 2; at + 4 <= file.Length && file[at] == 0xFF && file[at + 1] != StartOfScan;)
        {
            if (file[at + 1] == 0xFF)
            {
                at++; // padding
                continue;
            }

            int size = BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]);
            if (file[at + 1] == App1)
            {
                var data = file.Slice(at + 4, size - 2);
                exif ??= data.StartsWith(ExifStart) ? After(data, ExifStart) : null;
                xmp ??= data.StartsWith(XmpStart) ? After(data, XmpStart) : null;
            }

            at += 2 + size;
        }

        return (exif, xmp);
    }

    private static byte[] After(ReadOnlySpan<byte> data, ReadOnlySpan<byte> start) => data[start.Length..].ToArray();

    private static byte[] Segment(byte[] data) => data.Length <= MostInSegment
        ? [0xFF, App1, (byte)((data.Length + 2) >> 8), (byte)(data.Length + 2), .. data]
        : throw new MetadataException(
            $"The parameters take {data.Length} bytes, a JPEG holds {MostInSegment}; write the picture as PNG or WebP, or shorten its prompts.");

    private static byte[] Riff(IEnumerable<byte[]> parts)
    {
        byte[] content = [.. "WEBP"u8, .. parts.SelectMany(p => p)];
        return [.. "RIFF"u8, .. U32(content.Length), .. content];
    }

    private static byte[] Part(ReadOnlySpan<byte> type, byte[] data) =>
        [.. type, .. U32(data.Length), .. data, .. (data.Length & 1) == 1 ? (byte[])[0] : []];

    private static byte[] U32(int value) => [.. U24(value), (byte)(value >> 24)];

    private static byte[] U24(int value) => [(byte)value, (byte)(value >> 8), (byte)(value >> 16)];
}
