using System.Buffers.Binary;

namespace LoraFunctions.Imaging.Codecs;

/// <summary>Windows bitmaps (BITMAPINFOHEADER and later) with plain rows: whole when every row lies in the file.</summary>
internal static class BmpStructure
{
    private const int FileHeader = 14;
    private const int BitFields = 3;

    public static CheckedFile Check(byte[] file, Action<long, long> checkSize)
    {
        ReadOnlySpan<byte> span = file;
        var rows = BinaryPrimitives.ReadUInt32LittleEndian(span[10..]);
        var headerLength = BinaryPrimitives.ReadUInt32LittleEndian(span[FileHeader..]);
        if (headerLength is not (40 or 52 or 56 or 108 or 124))
        {
            throw FileStructure.Unsupported("a BMP of an old kind (OS/2)");
        }

        var header = span.Slice(FileHeader, (int)headerLength);
        long width = BinaryPrimitives.ReadInt32LittleEndian(header[4..]);
        var height = Math.Abs((long)BinaryPrimitives.ReadInt32LittleEndian(header[8..])); // negative: from the top down
        var bits = BinaryPrimitives.ReadUInt16LittleEndian(header[14..]);
        var compression = BinaryPrimitives.ReadUInt32LittleEndian(header[16..]);
        if (compression is not (0 or BitFields) || bits is not (1 or 4 or 8 or 16 or 24 or 32))
        {
            throw FileStructure.Unsupported("a packed BMP");
        }

        checkSize(width, height);
        var least = FileHeader + headerLength;
        var needed = rows + (((width * bits) + 31) / 32 * 4 * height);
        return rows < least ? throw FileStructure.Damaged(PictureFormat.Bmp, "its rows begin within its header")
            : needed > file.Length ? throw FileStructure.Truncated(PictureFormat.Bmp, $"{file.Length} of {needed} bytes are there")
            : new CheckedFile(PictureFormat.Bmp, (int)width, (int)height, 1, file);
    }
}
