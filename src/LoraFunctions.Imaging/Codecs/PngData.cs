using System.Buffers.Binary;
using System.IO.Compression;

namespace LoraFunctions.Imaging.Codecs;

/// <summary>
/// Counts the unpacked bytes of a PNG against what its header promises. Not every image library does: some leave the
/// rows that are missing black. To be called when the header is known to be within the limits, for it unpacks that much.
/// </summary>
internal static class PngData
{
    private const int HeaderStart = 16;

    // Adam7 (ISO/IEC 15948, 8.2): first column and row of each pass, and the steps between its pixels.
    private static readonly (int X, int Y, int StepX, int StepY)[] Interlaced =
    [
        (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2),
    ];

    /// <exception cref="UnreadableImageException">Rows are missing, or the packed data is damaged.</exception>
    public static void RequireEveryRow(byte[] png)
    {
        var promised = Promised(png);
        var found = 0L;
        try
        {
            using var packed = new MemoryStream();
            foreach (var (start, length) in DataChunks(png))
            {
                packed.Write(png, start, length);
            }

            packed.Position = 0;
            using var unpacked = new ZLibStream(packed, CompressionMode.Decompress);
            var buffer = new byte[81920];
            for (int read; found < promised && (read = unpacked.Read(buffer)) > 0;)
            {
                found += read;
            }
        }
        catch (InvalidDataException e)
        {
            throw new UnreadableImageException(UnreadableReason.Damaged, "the PNG data is damaged: it cannot be unpacked; upload it again", e);
        }

        if (found < promised)
        {
            throw new UnreadableImageException(
                UnreadableReason.Truncated,
                $"the PNG data ends early: {found} of the {promised} bytes its header promises are there; upload it again");
        }
    }

    // Each row has one byte that names its filter.
    private static long Promised(byte[] png)
    {
        var width = BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(HeaderStart));
        var height = BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(HeaderStart + 4));
        var samples = png[HeaderStart + 9] switch
        {
            2 => 3,
            4 => 2,
            6 => 4,
            _ => 1,
        };
        var bits = (long)png[HeaderStart + 8] * samples;
        (int X, int Y, int StepX, int StepY)[] passes = png[HeaderStart + 12] == 1 ? Interlaced : [(0, 0, 1, 1)];
        return passes.Sum(pass =>
        {
            long columns = (width - pass.X + pass.StepX - 1) / pass.StepX;
            long rows = (height - pass.Y + pass.StepY - 1) / pass.StepY;
            return columns <= 0 || rows <= 0 ? 0 : rows * (1 + (((columns * bits) + 7) / 8));
        });
    }

    private static IEnumerable<(int Start, int Length)> DataChunks(byte[] png)
    {
        for (var at = 8; at + 12 <= png.Length;)
        {
            var length = (int)BinaryPrimitives.ReadUInt32BigEndian(png.AsSpan(at));
            if (png.AsSpan(at + 4).StartsWith("IDAT"u8))
            {
                yield return (at + 8, length);
            }
            else if (png.AsSpan(at + 4).StartsWith("IEND"u8))
            {
                yield break;
            }

            at += 12 + length;
        }
    }
}
