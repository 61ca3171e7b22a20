using System.Buffers.Binary;
using System.Text;

namespace LoraFunctions.Imaging.Metadata;

/// <summary>APP1 segments of a whole JPEG: EXIF with the user comment, and the XMP packet (XMP specification part 3, 1.1.3).</summary>
internal static class JpegSegments
{
    private const byte App0 = 0xE0;
    private const byte App1 = 0xE1;
    private const byte StartOfScan = 0xDA;

    // A segment's length field has 16 bits and counts itself.
    private const int MaxData = ushort.MaxValue - 2;

    private static ReadOnlySpan<byte> ExifName => "Exif\0\0"u8;

    private static ReadOnlySpan<byte> XmpName => "http://ns.adobe.com/xap/1.0/\0"u8;

    public static byte[] Write(byte[] jpeg, string? parameters, string? xmp)
    {
        using var output = new MemoryStream(jpeg.Length + 4096);
        output.Write(jpeg, 0, 2);
        var segments = Segments(jpeg).ToArray();
        var at = 2;
        foreach (var (marker, start, length) in segments.TakeWhile(segment => segment.Marker == App0))
        {
            output.Write(jpeg, start - 4, length + 4);
            at = start + length;
        }

        if (parameters is not null)
        {
            WriteApp1(output, [.. ExifName, .. ExifUserComment.Build(parameters)], "The parameters");
        }

        if (xmp is not null)
        {
            WriteApp1(output, [.. XmpName, .. Encoding.UTF8.GetBytes(xmp)], "The XMP packet");
        }

        foreach (var (marker, start, length) in segments.Where(segment => segment.Start - 4 >= at))
        {
            if (!IsReplaced(jpeg, marker, start, length))
            {
                output.Write(jpeg, start - 4, length + 4);
            }

            at = start + length;
        }

        output.Write(jpeg, at, jpeg.Length - at);
        return output.ToArray();
    }

    public static (string? Parameters, string? Xmp) Read(byte[] jpeg)
    {
        string? parameters = null;
        string? xmp = null;
        foreach (var (marker, start, length) in Segments(jpeg).Where(segment => segment.Marker == App1))
        {
            var data = jpeg.AsSpan(start, length);
            if (data.StartsWith(ExifName))
            {
                parameters = ExifUserComment.Read(data[ExifName.Length..]) ?? parameters;
            }
            else if (data.StartsWith(XmpName))
            {
                xmp = Encoding.UTF8.GetString(data[XmpName.Length..]);
            }
        }

        return (parameters, xmp);
    }

    private static bool IsReplaced(byte[] jpeg, byte marker, int start, int length) =>
        marker == App1 && (jpeg.AsSpan(start, length).StartsWith(ExifName) || jpeg.AsSpan(start, length).StartsWith(XmpName));

    // The segments before the first scan: their data start and length, behind FF, marker and the length field.
    private static IEnumerable<(byte Marker, int Start, int Length)> Segments(byte[] jpeg)
    {
        var at = 2;
        while (at + 4 <= jpeg.Length && jpeg[at] == 0xFF && jpeg[at + 1] != StartOfScan)
        {
            if (jpeg[at + 1] == 0xFF)
            {
                at++; // fill bytes may stand before a marker
                continue;
            }

            var length = BinaryPrimitives.ReadUInt16BigEndian(jpeg.AsSpan(at + 2));
            yield return (jpeg[at + 1], at + 4, length - 2);
            at += 2 + length;
        }
    }

    private static void WriteApp1(MemoryStream output, byte[] data, string what)
    {
        if (data.Length > MaxData)
        {
            throw new MetadataException($"{what} take {data.Length} bytes, a JPEG holds at most {MaxData}; write a PNG or shorten the prompt.");
        }

        Span<byte> header = [0xFF, App1, 0, 0];
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)(data.Length + 2));
        output.Write(header);
        output.Write(data);
    }
}
