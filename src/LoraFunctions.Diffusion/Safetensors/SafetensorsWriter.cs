using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Safetensors;

/// <summary>
/// Writes safetensors files as the reference library does: largest alignment first, then by name, header padded to 8 bytes.
/// Equal tensors and metadata give equal bytes.
/// </summary>
public static class SafetensorsWriter
{
    private const long PieceBytes = 256L << 20;

    /// <summary>Writes next to <paramref name="path"/> first and renames: the file is there whole or not at all.</summary>
    /// <param name="metadata">Written sorted by key.</param>
    /// <exception cref="ArgumentException">A name appears twice or is reserved.</exception>
    /// <exception cref="IOException">The disk refuses; nothing is left behind.</exception>
    public static void Write(
        string path, IEnumerable<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var partial = path + ".partial";
        try
        {
            using (var stream = new FileStream(partial, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
            {
                Write(stream, tensors, metadata);
                stream.Flush(flushToDisk: true);
            }

            DurableFile.Rename(partial, path);
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }

    /// <inheritdoc cref="Write(string, IEnumerable{KeyValuePair{string, Tensor}}, IReadOnlyDictionary{string, string})"/>
    public static void Write(
        Stream stream, IEnumerable<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var sorted = tensors
            .Select(pair => (Name: pair.Key, Tensor: pair.Value, Dtype: SafetensorsDtypes.FromTorch(pair.Value.dtype)))
            .OrderByDescending(item => item.Dtype)
            .ThenBy(item => item.Name, StringComparer.Ordinal)
            .ToList();
        stream.Write(Header(sorted.Select(item => (item.Name, item.Dtype, item.Tensor.shape)), metadata));
        foreach (var (_, tensor, _) in sorted)
        {
            WriteData(stream, tensor);
        }
    }

    /// <summary>The bytes of one tensor as they stand in a file.</summary>
    internal static void WriteData(Stream stream, Tensor tensor)
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        var flat = tensor.detach().cpu().contiguous().view(-1);
        var pieceElements = PieceBytes / SafetensorsDtypes.FromTorch(tensor.dtype).Size();
        for (long done = 0; done < flat.numel(); done += pieceElements)
        {
            using var piece = flat.slice(0, done, Math.Min(done + pieceElements, flat.numel()), 1);
            stream.Write(piece.bytes);
        }
    }

    /// <summary>Length, JSON and padding of a file that holds these tensors in this order.</summary>
    internal static byte[] Header(
        IEnumerable<(string Name, SafetensorsDtype Dtype, long[] Shape)> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        var json = new StringBuilder("{");
        if (metadata is not null)
        {
            json.Append("\"__metadata__\":{");
            var separator = "";
            foreach (var (key, value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            {
                json.Append(separator).Append(Quoted(key)).Append(':').Append(Quoted(value));
                separator = ",";
            }

            json.Append("},");
        }

        var seen = new HashSet<string>(StringComparer.Ordinal) { "__metadata__" };
        long offset = 0;
        foreach (var (name, dtype, shape) in tensors)
        {
            if (!seen.Add(name))
            {
                throw new ArgumentException($"'{name}' cannot be written: the name appears twice or is the format's own.", nameof(tensors));
            }

            var end = checked(offset + (shape.Aggregate(1L, (product, size) => checked(product * size)) * dtype.Size()));
            json.Append(CultureInfo.InvariantCulture,
                $"{Quoted(name)}:{{\"dtype\":\"{dtype}\",\"shape\":[{string.Join(',', shape)}],\"data_offsets\":[{offset},{end}]}},");
            offset = end;
        }

        if (json[^1] == ',')
        {
            json.Length--;
        }

        json.Append('}');
        var text = Encoding.UTF8.GetBytes(json.ToString());
        var padded = (text.Length + 7) / 8 * 8;
        var header = new byte[8 + padded];
        BinaryPrimitives.WriteUInt64LittleEndian(header, (ulong)padded);
        text.CopyTo(header, 8);
        header.AsSpan(8 + text.Length).Fill((byte)' ');
        return header;
    }

    /// <summary>The few escapes JSON demands, everything else as it is; so does the reference library.</summary>
    private static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"", text.Length + 2);
        foreach (var c in text)
        {
            quoted = c switch
            {
                '"' => quoted.Append("\\\""),
                '\\' => quoted.Append("\\\\"),
                '\n' => quoted.Append("\\n"),
                '\r' => quoted.Append("\\r"),
                '\t' => quoted.Append("\\t"),
                '\b' => quoted.Append("\\b"),
                '\f' => quoted.Append("\\f"),
                < ' ' => quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => quoted.Append(c),
            };
        }

        return quoted.Append('"').ToString();
    }
}
