using System.Text;
using Shouldly;

namespace LoraFunctions.Jobs.Tests.Training;

/// <summary>An event file read by the format's description alone: nothing of what writes it is used.</summary>
internal static class EventFileReader
{
    public sealed record Event(double WallTime, long Step, string? FileVersion, IReadOnlyDictionary<string, float> Values);

    /// <summary>Every event but the version; checksums, version and the absence of a torn end are asserted.</summary>
    public static IReadOnlyList<Event> Read(string path)
    {
        var events = new List<Event>();
        using var reader = new BinaryReader(File.OpenRead(path));
        while (reader.BaseStream.Position < reader.BaseStream.Length)
        {
            var length = reader.ReadBytes(8);
            reader.ReadUInt32().ShouldBe(Masked(length), "checksum of a length");
            var data = reader.ReadBytes((int)BitConverter.ToUInt64(length));
            reader.ReadUInt32().ShouldBe(Masked(data), "checksum of data");
            events.Add(Parse(data));
        }

        events[0].FileVersion.ShouldBe("brain.Event:2");
        return events[1..];
    }

    /// <summary>Bit by bit, with the reversed polynomial.</summary>
    public static uint Crc32C(ReadOnlySpan<byte> data)
    {
        var crc = 0xffffffffu;
        foreach (var b in data)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) == 1 ? (crc >> 1) ^ 0x82f63b78 : crc >> 1;
            }
        }

        return crc ^ 0xffffffff;
    }

    private static uint Masked(byte[] data)
    {
        var crc = Crc32C(data);
        return unchecked(((crc >> 15) | (crc << 17)) + 0xa282ead8);
    }

    private static Event Parse(byte[] data)
    {
        var fields = Fields(data);
        var values = new Dictionary<string, float>();
        foreach (var summary in fields.Where(f => f.Number == 5))
        {
            foreach (var value in Fields((byte[])summary.Value).Where(f => f.Number == 1))
            {
                var parts = Fields((byte[])value.Value).ToDictionary(f => f.Number, f => f.Value);
                values.Add(Encoding.UTF8.GetString((byte[])parts[1]), BitConverter.ToSingle((byte[])parts[2]));
            }
        }

        return new Event(
            BitConverter.ToDouble((byte[])fields.Single(f => f.Number == 1).Value),
            fields.Where(f => f.Number == 2).Select(f => (long)(ulong)f.Value).SingleOrDefault(),
            fields.Where(f => f.Number == 3).Select(f => Encoding.UTF8.GetString((byte[])f.Value)).SingleOrDefault(),
            values);
    }

    private static List<(int Number, object Value)> Fields(byte[] message)
    {
        var fields = new List<(int, object)>();
        var at = 0;
        while (at < message.Length)
        {
            var key = Varint();
            object value = (key & 7) switch
            {
                0 => Varint(),
                1 => Take(8),
                2 => Take((int)Varint()),
                5 => Take(4),
                var type => throw new InvalidDataException($"wire type {type}"),
            };
            fields.Add(((int)(key >> 3), value));
        }

        return fields;

        byte[] Take(int count) => message[at..(at += count)];

        ulong Varint()
        {
            var (result, shift) = (0ul, 0);
            while (true)
            {
                var b = message[at++];
                result |= (ulong)(b & 0x7f) << shift;
                shift += 7;
                if (b < 0x80)
                {
                    return result;
                }
            }
        }
    }
}
