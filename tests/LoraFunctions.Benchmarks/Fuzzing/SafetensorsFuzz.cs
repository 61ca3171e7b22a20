using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Diffusion.Safetensors;
using static TorchSharp.torch;

namespace LoraFunctions.Benchmarks.Fuzzing;

/// <summary>
/// Hostile safetensors: valid files with bytes flipped, cut or doubled, headers with numbers and names exchanged, headers grown from the
/// format's own words. Each must open (and then every tensor be readable) or be refused by a <see cref="CheckpointException"/>.
/// </summary>
internal static class SafetensorsFuzz
{
    private static readonly string[] Words =
    [
        "{", "}", "[", "]", ":", ",", "\"", "\\", "\"dtype\"", "\"shape\"", "\"data_offsets\"", "\"__metadata__\"", "\"F32\"", "\"F16\"",
            "\"BF16\"", "\"I64\"", "\"F8_E4M3\"", "\"Q4\"",
        "0", "1", "4", "8", "-1", "1e3", "0.5", "9223372036854775807", "18446744073709551616", "null", "true", "\"a\"", "\"\\ud800\"",
            "\"\\u0000\"", " ", "\n", "\u00e9", "[0,4]", "[1]",
        "{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}",
    ];

    private static readonly long[] Numbers = [0, 1, 2, 3, 4, 7, 8, 12, 16, 100, 4096, int.MaxValue, 1L
        + int.MaxValue, uint.MaxValue, 1L << 40, long.MaxValue, long.MaxValue / 4];

    /// <summary>Whether it opens; false: it is refused with a reason that names the file.</summary>
    public static bool Opens(byte[] input)
    {
        try
        {
            using var scope = NewDisposeScope();
            using var file = SafetensorsFile.Open(input, "fuzzed");
            Examine(file, input);
            return true;
        }
        catch (CheckpointException fault) when (
            fault.Message.StartsWith("fuzzed: ", StringComparison.Ordinal) && !fault.Message.Contains('\n', StringComparison.Ordinal))
        {
            return false;
        }
    }

    /// <summary>What was opened must be consistent and readable to its last byte.</summary>
    private static void Examine(SafetensorsFile file, byte[] input)
    {
        long end = 0;
        foreach (var entry in file.Entries)
        {
            if (entry.Begin != end || entry.ByteCount != entry.ElementCount * entry.Dtype.Size())
            {
                throw new InvalidOperationException($"'{entry.Name}' was let through.");
            }

            end = entry.End;
            if (entry.Dtype.ToTorch() is not null)
            {
                using var read = file.ReadTensor(entry.Name);
                if (entry.ByteCount > 0 && !read.bytes.SequenceEqual(
                    input.AsSpan((int)(file.DataOffset + entry.Begin), (int)entry.ByteCount)))
                {
                    throw new InvalidOperationException($"'{entry.Name}' was read from the wrong place.");
                }
            }
        }

        if (file.DataOffset + end != input.Length)
        {
            throw new InvalidOperationException("Bytes at the end were let through.");
        }
    }

    public static byte[] Make(Random random)
    {
        var (header, data) = Valid(random);
        switch (random.Next(6))
        {
            case 0: // bytes of the whole file
                return FlipBytes(random, Assemble(header, data, header.Length));
            case 1: // cut or grown
                var whole = Assemble(header, data, header.Length);
                return random.Next(2) == 0 ? whole[..random.Next(whole.Length + 1)] : [.. whole, .. new byte[random.Next(1, 9)]];
            case 2: // a length that lies
                return Assemble(header, data, random.Next(2) == 0
                    ? Numbers[random.Next(Numbers.Length)] : random.NextInt64(long.MinValue, long.MaxValue));
            case 3: // other numbers in the header
                return Assemble(ReplaceNumbers(random, header), data, null);
            case 4: // parts of the header doubled, dropped or exchanged for words of the format
                return Assemble(Splice(random, header), data, null);
            default: // the format's words in any order
                return Assemble(
                    "{" + string.Concat(Enumerable.Range(0, random.Next(30)).Select(_ => Words[random.Next(Words.Length)])), data, null);
        }
    }

    private static (string Header, byte[] Data) Valid(Random random)
    {
        var names = Enum.GetNames<SafetensorsDtype>();
        var header = new StringBuilder("{");
        if (random.Next(3) == 0)
        {
            header.Append("\"__metadata__\":{\"format\":\"pt\"},");
        }

        var offset = 0;
        for (var i = random.Next(4); i >= 0; i--)
        {
            var name = names[random.Next(names.Length)];
            long[] shape = [.. Enumerable.Range(0, random.Next(4)).Select(_ => (long)random.Next(4))];
            var bytes = (int)shape.Aggregate(1L, (product, size) => product * size) * Enum.Parse<SafetensorsDtype>(name).Size();
            header.Append(CultureInfo.InvariantCulture,
                $"\"t{i}\":{{\"dtype\":\"{name}\",\"shape\":[{string.Join(',', shape)}],\"data_offsets\":[{offset},{offset += bytes}]}},");
        }

        header[^1] = '}';
        var data = new byte[offset];
        random.NextBytes(data);
        return (header.ToString(), data);
    }

    private static byte[] Assemble(string header, byte[] data, long? claimed)
    {
        var json = Encoding.UTF8.GetBytes(header);
        var content = new byte[8 + json.Length + data.Length];
        BinaryPrimitives.WriteInt64LittleEndian(content, claimed ?? json.Length);
        json.CopyTo(content, 8);
        data.CopyTo(content, 8 + json.Length);
        return content;
    }

    private static byte[] FlipBytes(Random random, byte[] content)
    {
        for (var i = random.Next(1, 6); i > 0; i--)
        {
            content[random.Next(content.Length)] = (byte)random.Next(256);
        }

        return content;
    }

    private static string ReplaceNumbers(Random random, string header)
    {
        var result = new StringBuilder();
        for (var i = 0; i < header.Length; i++)
        {
            if (char.IsAsciiDigit(header[i]) && header[i - 1] is '[' or ',' && random.Next(4) == 0)
            {
                result.Append(Numbers[random.Next(Numbers.Length)]);
                while (char.IsAsciiDigit(header[i + 1]))
                {
                    i++;
                }
            }
            else
            {
                result.Append(header[i]);
            }
        }

        return result.ToString();
    }

    private static string Splice(Random random, string header)
    {
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            var from = random.Next(header.Length);
            var length = random.Next(header.Length - from);
            var piece = random.Next(3) switch { 0 => "", 1 => header.Substring(from, length)
                + header.Substring(from, length), _ => Words[random.Next(Words.Length)] };
            header = header[..from] + piece + header[(from + length)..];
            if (header.Length == 0)
            {
                return header;
            }
        }

        return header;
    }
}
