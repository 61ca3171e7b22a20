using System.Buffers.Binary;
using System.Text;
using LoraFunctions.Imaging.Codecs;

namespace LoraFunctions.Imaging.Metadata;

/// <summary>
/// The EXIF block (EXIF 2.32) with the parameters as UserComment and sRGB as the colour space. WebUI looks for the parameters of JPEG and WebP
/// there, as UTF-16 with the high byte first.
/// </summary>
internal static class ExifComment
{
    private const ushort ExifDirectory = 0x8769;
    private const ushort ExifVersion = 0x9000;
    private const ushort UserComment = 0x9286;
    private const ushort ColorSpace = 0xA001;

    private const ushort Short = 3;
    private const ushort Long = 4;
    private const ushort Undefined = 7;
    private const uint Srgb = 1u << 16; // a short, in the left half of its field

    private static ReadOnlySpan<byte> Unicode => "UNICODE\0"u8;

    public static byte[] Build(string? parameters)
    {
        byte[] comment = parameters is null ? [] : [.. Unicode, .. Encoding.BigEndianUnicode.GetBytes(parameters)];
        var block = new MemoryStream();
        block.Write("MM\0*"u8);
        U32(8);
        Directory((ExifDirectory, Long, 1u, 26u));
        var version = (ExifVersion, Undefined, 4u, BinaryPrimitives.ReadUInt32BigEndian("0232"u8));
        if (parameters is null)
        {
            Directory(version, (ColorSpace, Short, 1u, Srgb));
        }
        else
        {
            Directory(version, (UserComment, Undefined, (uint)comment.Length, 68u), (ColorSpace, Short, 1u, Srgb));
        }

        block.Write(comment);
        return block.ToArray();

        void Directory(params ReadOnlySpan<(ushort Tag, ushort Type, uint Count, uint Value)> entries)
        {
            U16((ushort)entries.Length);
            foreach (var (tag, type, count, value) in entries)
            {
                U16(tag);
                U16(type);
                U32(count);
                U32(value);
            }

            U32(0); // no directory behind it
        }

        void U16(ushort value) => block.Write([(byte)(value >> 8), (byte)value]);

        void U32(uint value)
        {
            U16((ushort)(value >> 16));
            U16((ushort)value);
        }
    }

    /// <summary>The comment of a block, ours or another's; null where there is none or the block is damaged.</summary>
    public static string? Read(ReadOnlySpan<byte> block)
    {
        try
        {
            if (TiffStructure.Directory.Read(block) is not { } first
                || first.Numbers(block, ExifDirectory) is not [var start]
                || TiffStructure.Directory.Read(block, start)?.Bytes(block, UserComment) is not { Length: > 8 } comment)
            {
                return null;
            }

            var text = comment.AsSpan(8);
            return !comment.AsSpan().StartsWith(Unicode) ? Encoding.UTF8.GetString(text).TrimEnd('\0')
                : first.BigEndian ? Encoding.BigEndianUnicode.GetString(text)
                : Encoding.Unicode.GetString(text);
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or IndexOutOfRangeException)
        {
            return null;
        }
    }
}
