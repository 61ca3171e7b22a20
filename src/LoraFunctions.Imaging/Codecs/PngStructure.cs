using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;

namespace LoraFunctions.Imaging.Codecs;

/// <summary>
/// PNG (ISO/IEC 15948), 5.3: length, type, data, CRC. Only critical chunks (upper-case first letter) are held to their
/// CRC. The unpacked rows are counted, for the image library leaves those that are missing black.
/// </summary>
internal static class PngStructure
{
    private const int HeaderStart = 16;
    private const int HeaderLength = 13;

    // Adam7 (ISO/IEC 15948, 8.2): first column and row of each pass, and the steps between its pixels.
    private static readonly (int X, int Y, int StepX, int StepY)[] Interlaced =
    [
        (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2),
    ];

    public static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <param name="keepText">
    /// Uncompressed text stays in the core. Compressed text never does: the image library unpacks it without a limit.
    /// </param>
    public static CheckedFile Check(ReadOnlySpan<byte> file, Action<long, long> checkSize, bool keepText = false)
    {
        using var core = new MemoryStream(file.Length);
        using var packed = new MemoryStream();
        core.Write(Signature);
        var (width, height, orientation) = (0L, 0L, 1);
        for (var at = Signature.Length; at + 12 <= file.Length;)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(file[at..]);
            if (length > file.Length - at - 12)
            {
                break;
            }

            var chunk = file.Slice(at, (int)length + 12);
            var type = chunk.Slice(4, 4);
            var data = chunk.Slice(8, (int)length);
            if ((type[0] & 0x20) == 0 && Crc32.HashToUInt32(chunk[4..^4]) != BinaryPrimitives.ReadUInt32BigEndian(chunk[^4..]))
            {
                throw FileStructure.Damaged(PictureFormat.Png, $"the checksum of the part at byte {at} does not match");
            }

            if (type.SequenceEqual("IHDR"u8) != (at == Signature.Length) || (at == Signature.Length && length != HeaderLength))
            {
                throw FileStructure.Damaged(PictureFormat.Png, "its header is not where it belongs");
            }

            if (at == Signature.Length)
            {
                (width, height) = (BinaryPrimitives.ReadUInt32BigEndian(data), BinaryPrimitives.ReadUInt32BigEndian(data[4..]));
                checkSize(width, height);
            }
            else if (type.SequenceEqual("IDAT"u8))
            {
                packed.Write(data);
            }
            else if (type.SequenceEqual("eXIf"u8))
            {
                orientation = TiffStructure.OrientationOf(data);
            }

            if ((type[0] & 0x20) == 0 || type.SequenceEqual("tRNS"u8) || (keepText && IsPlainText(type, data)))
            {
                core.Write(chunk);
            }

            if (type.SequenceEqual("IEND"u8))
            {
                RequireEveryRow(packed, RowBytes(file[HeaderStart..]));
                return new CheckedFile(PictureFormat.Png, (int)width, (int)height, orientation, core.ToArray());
            }

            at += 12 + (int)length;
        }

        throw FileStructure.Truncated(PictureFormat.Png, $"after {file.Length} bytes its end part has not come");
    }

    /// <summary>The file with the chunk that says its colours are sRGB (ISO/IEC 15948, 11.3.2.5), right behind its header.</summary>
    public static byte[] InSrgb(byte[] file)
    {
        const int end = HeaderStart + HeaderLength + 4;
        byte[] chunk = [0, 0, 0, 1, .. "sRGB"u8, 0, 0, 0, 0, 0];
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(9), Crc32.HashToUInt32(chunk.AsSpan(4, 5)));
        return [.. file[..end], .. chunk, .. file[end..]];
    }

    // iTXt: keyword, 0, compression flag ...
    private static bool IsPlainText(ReadOnlySpan<byte> type, ReadOnlySpan<byte> data) =>
        type.SequenceEqual("tEXt"u8)
        || (type.SequenceEqual("iTXt"u8) && data.IndexOf((byte)0) is >= 0 and var end && end + 1 < data.Length && data[end + 1] == 0);

    private static void RequireEveryRow(MemoryStream packed, long promised)
    {
        var found = 0L;
        try
        {
            packed.Position = 0;
            using var unpacked = new ZLibStream(packed, CompressionMode.Decompress, leaveOpen: true);
            var buffer = new byte[81920];
            for (int read; found < promised && (read = unpacked.Read(buffer)) > 0;)
            {
                found += read;
            }
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw FileStructure.Damaged(PictureFormat.Png, "it cannot be unpacked", e);
        }

        if (found < promised)
        {
            throw FileStructure.Truncated(PictureFormat.Png, $"{found} of the {promised} bytes its header promises are there");
        }
    }

    // Each row has one byte that names its filter.
    private static long RowBytes(ReadOnlySpan<byte> header)
    {
        var width = BinaryPrimitives.ReadInt32BigEndian(header);
        var height = BinaryPrimitives.ReadInt32BigEndian(header[4..]);
        var bits = (long)header[8] * header[9] switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };
        (int X, int Y, int StepX, int StepY)[] passes = header[12] == 1 ? Interlaced : [(0, 0, 1, 1)];
        return passes.Sum(pass =>
        {
            long columns = (width - pass.X + pass.StepX - 1) / pass.StepX;
            long rows = (height - pass.Y + pass.StepY - 1) / pass.StepY;
            return columns <= 0 || rows <= 0 ? 0 : rows * (1 + (((columns * bits) + 7) / 8));
        });
    }
}
