using System.Buffers.Binary;
using System.Text;

namespace LoraFunctions.Imaging.Metadata;

/// <summary>
/// The smallest EXIF block that carries a user comment in Unicode (EXIF 2.32, tag 0x9286): a TIFF header, one directory
/// that points to the EXIF directory, and in it the version and the comment.
/// </summary>
internal static class ExifUserComment
{
    private const ushort ExifDirectoryTag = 0x8769;
    private const ushort VersionTag = 0x9000;
    private const ushort UserCommentTag = 0x9286;
    private const ushort LongType = 4;
    private const ushort UndefinedType = 7;

    private const int FirstDirectory = 8;
    private const int ExifDirectory = FirstDirectory + 2 + 12 + 4;
    private const int CommentStart = ExifDirectory + 2 + 24 + 4;

    private static ReadOnlySpan<byte> Unicode => "UNICODE\0"u8;

    public static byte[] Build(string text)
    {
        byte[] comment = [.. Unicode, .. Encoding.BigEndianUnicode.GetBytes(text)];
        var block = new byte[CommentStart + comment.Length];
        "MM\0*"u8.CopyTo(block);
        BinaryPrimitives.WriteUInt32BigEndian(block.AsSpan(4), FirstDirectory);

        BinaryPrimitives.WriteUInt16BigEndian(block.AsSpan(FirstDirectory), 1);
        Entry(block, FirstDirectory + 2, ExifDirectoryTag, LongType, 1, ExifDirectory);

        BinaryPrimitives.WriteUInt16BigEndian(block.AsSpan(ExifDirectory), 2);
        Entry(block, ExifDirectory + 2, VersionTag, UndefinedType, 4, BinaryPrimitives.ReadUInt32BigEndian("0232"u8));
        Entry(block, ExifDirectory + 14, UserCommentTag, UndefinedType, (uint)comment.Length, CommentStart);
        comment.CopyTo(block, CommentStart);
        return block;
    }

    /// <summary>The Unicode comment of a TIFF block in either byte order; null when it has none or the block is damaged.</summary>
    public static string? Read(ReadOnlySpan<byte> block)
    {
        var bigEndian = block.StartsWith("MM\0*"u8);
        if (!bigEndian && !block.StartsWith("II*\0"u8))
        {
            return null;
        }

        if (Find(block, U32(block, 4, bigEndian), ExifDirectoryTag, bigEndian) is not { } pointer
            || Find(block, U32(block, pointer + 8, bigEndian), UserCommentTag, bigEndian) is not { } entry)
        {
            return null;
        }

        var length = U32(block, entry + 4, bigEndian);
        var start = U32(block, entry + 8, bigEndian);
        if (length < Unicode.Length || start > block.Length || length > block.Length - start)
        {
            return null;
        }

        var comment = block.Slice((int)start, (int)length);
        return comment.StartsWith(Unicode)
            ? (bigEndian ? Encoding.BigEndianUnicode : Encoding.Unicode).GetString(comment[Unicode.Length..])
            : null;
    }

    private static void Entry(byte[] block, int at, ushort tag, ushort type, uint count, uint value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(block.AsSpan(at), tag);
        BinaryPrimitives.WriteUInt16BigEndian(block.AsSpan(at + 2), type);
        BinaryPrimitives.WriteUInt32BigEndian(block.AsSpan(at + 4), count);
        BinaryPrimitives.WriteUInt32BigEndian(block.AsSpan(at + 8), value);
    }

    // Where the tag's entry lies in the directory.
    private static int? Find(ReadOnlySpan<byte> block, uint directory, ushort tag, bool bigEndian)
    {
        if (directory > block.Length - 2)
        {
            return null;
        }

        int entries = U16(block, (int)directory, bigEndian);
        for (var i = 0; i < entries; i++)
        {
            var at = (int)directory + 2 + (12 * i);
            if (at + 12 > block.Length)
            {
                return null;
            }

            if (U16(block, at, bigEndian) == tag)
            {
                return at;
            }
        }

        return null;
    }

    private static ushort U16(ReadOnlySpan<byte> block, int at, bool bigEndian) =>
        bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(block[at..]) : BinaryPrimitives.ReadUInt16LittleEndian(block[at..]);

    private static uint U32(ReadOnlySpan<byte> block, int at, bool bigEndian) =>
        bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(block[at..]) : BinaryPrimitives.ReadUInt32LittleEndian(block[at..]);
}
