using System.Buffers.Binary;

namespace LoraFunctions.Imaging.Codecs;

/// <summary>GIF89a: the first picture is read; of the extensions only the one that says which colour is transparent.</summary>
internal static class GifStructure
{
    private const int ScreenEnd = 13;
    private const byte Extension = 0x21;
    private const byte GraphicControl = 0xF9;
    private const byte ImageDescriptor = 0x2C;
    private const byte Trailer = 0x3B;

    public static CheckedFile Check(ReadOnlySpan<byte> file, Action<long, long> checkSize)
    {
        int width = BinaryPrimitives.ReadUInt16LittleEndian(file[6..]);
        int height = BinaryPrimitives.ReadUInt16LittleEndian(file[8..]);
        checkSize(width, height);
        var at = ScreenEnd + TableBytes(file[10]);
        using var core = new MemoryStream(file.Length);
        core.Write(file[..at]);
        while (true)
        {
            var start = at;
            switch (file[at])
            {
                case Extension:
                    at = BehindBlocks(file, at + 2);
                    core.Write(file[start + 1] == GraphicControl ? file[start..at] : []);
                    break;
                case ImageDescriptor:
                    var frame = file.Slice(at + 1, 9);
                    if (BinaryPrimitives.ReadUInt16LittleEndian(frame) + BinaryPrimitives.ReadUInt16LittleEndian(frame[4..]) > width
                        || BinaryPrimitives.ReadUInt16LittleEndian(frame[2..]) + BinaryPrimitives.ReadUInt16LittleEndian(frame[6..]) > height)
                    {
                        throw FileStructure.Damaged(PictureFormat.Gif, "its first picture does not fit on its screen");
                    }

                    at = BehindBlocks(file, at + 10 + TableBytes(frame[8]) + 1);
                    core.Write(file[start..at]);
                    core.WriteByte(Trailer);
                    return new CheckedFile(PictureFormat.Gif, width, height, 1, core.ToArray());
                default:
                    throw FileStructure.Damaged(PictureFormat.Gif, $"there is no picture at byte {at}");
            }
        }
    }

    private static int TableBytes(byte flags) => (flags & 0x80) == 0 ? 0 : 3 << ((flags & 7) + 1);

    // Blocks of 1 to 255 bytes, each behind its length; one of length 0 ends them.
    private static int BehindBlocks(ReadOnlySpan<byte> file, int at)
    {
        while (true)
        {
            if (at >= file.Length)
            {
                throw FileStructure.Truncated(PictureFormat.Gif, $"after {file.Length} bytes its first picture has not come to its end");
            }

            if (file[at] == 0)
            {
                return at + 1;
            }

            at += 1 + file[at];
        }
    }
}
