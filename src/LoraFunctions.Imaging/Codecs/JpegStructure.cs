using System.Buffers.Binary;

namespace LoraFunctions.Imaging.Codecs;

/// <summary>
/// ITU-T T.81, annex B: marker segments up to SOS, then entropy-coded data in which FF is followed by 00 or RSTn, then
/// (progressive) further segments, up to EOI. What follows EOI (previews, maker data) is not looked at.
/// </summary>
internal static class JpegStructure
{
    // A progressive file has about ten; each more is a walk over all its blocks.
    private const int MaxScans = 100;

    private const byte EndOfImage = 0xD9;
    private const byte StartOfScan = 0xDA;
    private const byte App0 = 0xE0;
    private const byte App1 = 0xE1;
    private const byte App14 = 0xEE;
    private const byte Comment = 0xFE;

    public static CheckedFile Check(ReadOnlySpan<byte> file, Action<long, long> checkSize)
    {
        using var core = new MemoryStream(file.Length);
        core.Write(file[..2]);
        var (width, height, orientation, scans) = (0, 0, 1, 0);
        var sequential = false;
        var entropyBytes = 0L;
        for (var at = 2; at + 1 < file.Length;)
        {
            if (file[at] != 0xFF || file[at + 1] is 0x00 or 0x01 or 0xFF or (>= 0xD0 and <= 0xD7))
            {
                // Entropy-coded data, or padding between segments: on to the next FF.
                var skip = file[at] != 0xFF ? 0 : file[at + 1] == 0xFF ? 1 : 2;
                var next = file[(at + skip)..].IndexOf((byte)0xFF);
                var length = next < 0 ? file.Length - at : skip + next;
                core.Write(scans > 0 ? file.Slice(at, length) : []);
                entropyBytes += length;
                at += length;
                continue;
            }

            var marker = file[at + 1];
            if (marker == EndOfImage)
            {
                if (width == 0 || scans == 0)
                {
                    throw FileStructure.Damaged(PictureFormat.Jpeg, "it has no picture in it");
                }

                // Huffman codes are at least one bit and a block has at least two (DC, end of block).
                var blocks = ((width + 7L) / 8) * ((height + 7L) / 8);
                if (sequential && entropyBytes * 8 < blocks * 2)
                {
                    throw FileStructure.Truncated(PictureFormat.Jpeg, $"{entropyBytes} bytes cannot hold the {blocks} blocks its header promises");
                }

                core.Write(file.Slice(at, 2));
                return new CheckedFile(PictureFormat.Jpeg, width, height, orientation, core.ToArray());
            }

            if (at + 3 >= file.Length || BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]) is var size && (size < 2 || at + 2 + size > file.Length))
            {
                break;
            }

            var data = file.Slice(at + 4, size - 2);
            switch (marker)
            {
                case >= 0xC0 and <= 0xCF and not 0xC4 and not 0xC8 and not 0xCC:
                    (width, height) = ReadFrame(marker, data, first: width == 0, checkSize);
                    sequential = marker is 0xC0 or 0xC1;
                    break;
                case StartOfScan when ++scans > MaxScans:
                    throw FileStructure.Damaged(PictureFormat.Jpeg, $"it has more than {MaxScans} scans");
                case App1 when data.StartsWith("Exif\0\0"u8):
                    orientation = TiffStructure.OrientationOf(data[6..]);
                    break;
            }

            if (marker is < App0 or App0 or App14 or (> 0xEF and not Comment))
            {
                core.Write(file.Slice(at, 2 + size));
            }

            at += 2 + size;
        }

        throw FileStructure.Truncated(PictureFormat.Jpeg, $"after {file.Length} bytes its end marker has not come");
    }

    private static (int Width, int Height) ReadFrame(byte marker, ReadOnlySpan<byte> data, bool first, Action<long, long> checkSize)
    {
        if (marker is not (0xC0 or 0xC1 or 0xC2))
        {
            throw FileStructure.Unsupported(marker is 0xC3 ? "a lossless JPEG" : marker >= 0xC9 ? "a JPEG with arithmetic coding" : "a hierarchical JPEG");
        }

        if (!first || data.Length < 6)
        {
            throw FileStructure.Damaged(PictureFormat.Jpeg, first ? "its header is cut" : "it has two headers");
        }

        int height = BinaryPrimitives.ReadUInt16BigEndian(data[1..]);
        int width = BinaryPrimitives.ReadUInt16BigEndian(data[3..]);
        checkSize(width, height);
        return (width, height);
    }
}
