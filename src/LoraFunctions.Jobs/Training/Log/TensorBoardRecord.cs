using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace LoraFunctions.Jobs.Training.Log;

/// <summary>
/// TensorBoard's event files, as TensorFlow writes them: records of length (8 bytes), masked CRC-32C of the length, data, masked CRC-32C of
/// the data, all little-endian as every machine this runs on (tensorflow/core/lib/io/record_writer.h). The data is a protocol buffer
/// <c>Event</c> (tensorflow/core/util/event.proto),
/// of which the three kinds of fields used here are written by hand.
/// </summary>
internal static class TensorBoardRecord
{
    private const int LengthBytes = 8;
    private const int CrcBytes = 4;
    private const uint MaskDelta = 0xa282ead8;

    // Field numbers and wire types of Event, Summary and Summary.Value: (number << 3) | type.
    private const byte WallTime = (1 << 3) | 1;
    private const byte Step = (2 << 3) | 0;
    private const byte FileVersion = (3 << 3) | 2;
    private const byte Summary = (5 << 3) | 2;
    private const byte Value = (1 << 3) | 2;
    private const byte Tag = (1 << 3) | 2;
    private const byte SimpleValue = (2 << 3) | 5;

    /// <summary>What every file begins with.</summary>
    public static byte[] Version(double wallTime)
    {
        var text = "brain.Event:2"u8;
        using var data = new MemoryStream();
        WriteDouble(data, WallTime, wallTime);
        WriteBytes(data, FileVersion, text);
        return Frame(data.ToArray());
    }

    /// <summary>Numbers of one step.</summary>
    public static byte[] Scalars(double wallTime, long step, params ReadOnlySpan<(string Tag, double Value)> values)
    {
        using var summary = new MemoryStream();
        foreach (var (tag, number) in values)
        {
            using var value = new MemoryStream();
            WriteBytes(value, Tag, Encoding.UTF8.GetBytes(tag));
            value.WriteByte(SimpleValue);
            value.Write(BitConverter.GetBytes((float)number));
            WriteBytes(summary, Value, value.ToArray());
        }

        using var data = new MemoryStream();
        WriteDouble(data, WallTime, wallTime);
        data.WriteByte(Step);
        WriteVarint(data, (ulong)step);
        WriteBytes(data, Summary, summary.ToArray());
        return Frame(data.ToArray());
    }

    /// <summary>The whole records at the start of a file; ends before the first that is torn or damaged.</summary>
    public static IEnumerable<byte[]> Read(byte[] file)
    {
        var at = 0;
        while (file.Length - at >= LengthBytes + CrcBytes)
        {
            var length = BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(at));
            var whole = LengthBytes + CrcBytes + (long)length + CrcBytes;
            if (
                length > int.MaxValue
                || whole > file.Length - at
                || !IsIntact(file.AsSpan(at, LengthBytes), file.AsSpan(at + LengthBytes))
                || !IsIntact(file.AsSpan(at + LengthBytes + CrcBytes, (int)length), file.AsSpan(at + (int)whole - CrcBytes)))
            {
                yield break;
            }

            yield return file[at..(at + (int)whole)];
            at += (int)whole;
        }
    }

    /// <summary>The wall time of one of our own records, where it stands first.</summary>
    public static double WallTimeOf(ReadOnlySpan<byte> record) =>
        BinaryPrimitives.ReadDoubleLittleEndian(record[(LengthBytes + CrcBytes + 1)..]);

    /// <summary>CRC-32C (Castagnoli), as in RFC 3720.</summary>
    internal static uint Crc32C(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var b in data)
        {
            crc = BitOperations.Crc32C(crc, b);
        }

        return ~crc;
    }

    /// <summary>Rotated and shifted, because a checksum over data that holds checksums is weak.</summary>
    internal static uint MaskedCrc32C(ReadOnlySpan<byte> data) => BitOperations.RotateRight(Crc32C(data), 15) + MaskDelta;

    private static bool IsIntact(ReadOnlySpan<byte> data, ReadOnlySpan<byte> crc) =>
        MaskedCrc32C(data) == BinaryPrimitives.ReadUInt32LittleEndian(crc);

    private static byte[] Frame(byte[] data)
    {
        var record = new byte[LengthBytes + CrcBytes + data.Length + CrcBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(record, (ulong)data.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(LengthBytes), MaskedCrc32C(record.AsSpan(0, LengthBytes)));
        data.CopyTo(record, LengthBytes + CrcBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(record.Length - CrcBytes), MaskedCrc32C(data));
        return record;
    }

    private static void WriteDouble(MemoryStream stream, byte field, double value)
    {
        stream.WriteByte(field);
        stream.Write(BitConverter.GetBytes(value));
    }

    private static void WriteBytes(MemoryStream stream, byte field, ReadOnlySpan<byte> bytes)
    {
        stream.WriteByte(field);
        WriteVarint(stream, (ulong)bytes.Length);
        stream.Write(bytes);
    }

    private static void WriteVarint(MemoryStream stream, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            stream.WriteByte((byte)(value | 0x80));
        }

        stream.WriteByte((byte)value);
    }
}
