using System.Text.Json;
using LoraFunctions.Diffusion.Checkpoints;

namespace LoraFunctions.Diffusion.Safetensors;

/// <summary>
/// Reads the JSON header of the format (https://github.com/huggingface/safetensors) and checks every rule of the reference
/// library before a byte of data is touched: tensors lie one behind the other, without gap or overlap, up to the file's last byte.
/// </summary>
internal sealed class SafetensorsHeader
{
    /// <summary>The reference library's own limit.</summary>
    internal const long MaxLength = 100_000_000;

    private const string MetadataKey = "__metadata__";
    private const int MaxDimensions = 64;

    private readonly string file;
    private readonly Dictionary<string, string> metadata = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SafetensorsEntry> byName = new(StringComparer.Ordinal);
    private readonly List<SafetensorsEntry> entries = [];

    private SafetensorsHeader(string file) => this.file = file;

    public IReadOnlyDictionary<string, string> Metadata => metadata;

    public IReadOnlyDictionary<string, SafetensorsEntry> ByName => byName;

    /// <summary>In the order of their data.</summary>
    public IReadOnlyList<SafetensorsEntry> Entries => entries;

    /// <summary>How long the header is, by the first eight bytes of the file.</summary>
    /// <param name="firstBytes">Those, and <see cref="FileSignature.Looked"/> where there are so many: what is something else is called so.</param>
    public static int Length(string file, ReadOnlySpan<byte> firstBytes, long fileLength)
    {
        if ((firstBytes.Length < 9 || firstBytes[8] != (byte)'{') && FileSignature.NotWeights(firstBytes, fileLength) is { } kind)
        {
            throw Fault(file, null, $"is no safetensors file but {kind}");
        }

        if (fileLength < 8 || firstBytes.Length < 8)
        {
            throw Fault(file, null, $"the file has {fileLength} bytes; a safetensors file starts with 8 bytes of header length");
        }

        var length = System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(firstBytes);
        if (length > MaxLength)
        {
            throw Fault(
                file, null, $"the header claims {length} bytes, the limit is {MaxLength}; this is no safetensors file, or it is damaged");
        }

        if ((long)length > fileLength - 8)
        {
            throw Fault(file, null, $"the header claims {length} bytes, but only {fileLength - 8} follow; the file is cut off");
        }

        return (int)length;
    }

    /// <param name="dataLength">Bytes that follow the header in the file.</param>
    /// <exception cref="CheckpointException">The header breaks a rule of the format; the message names file, tensor and rule.</exception>
    public static SafetensorsHeader Parse(string file, ReadOnlySpan<byte> json, long dataLength)
    {
        var header = new SafetensorsHeader(file);
        if (json.IsEmpty || json[0] != (byte)'{')
        {
            throw Fault(file, null, "the header does not start with '{'");
        }

        try
        {
            header.ReadAll(json);
        }
        catch (Exception damage) when (damage is JsonException or InvalidOperationException or FormatException)
        {
            // InvalidOperationException is what the reader throws for text that is no UTF-8.
            throw Fault(file, null, $"the header is no valid JSON ({damage.Message.ReplaceLineEndings(" ")})");
        }

        header.CheckLayout(dataLength);
        return header;
    }

    private static CheckpointException Fault(string file, string? tensor, string rule) =>
        new(tensor is null ? $"{file}: {rule}." : $"{file}: tensor '{CheckpointException.Printable(tensor)}': {rule}.");

    private void ReadAll(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        var metadataSeen = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            if (string.Equals(name, MetadataKey, StringComparison.Ordinal))
            {
                if (metadataSeen)
                {
                    throw Fault(file, null, $"{MetadataKey} appears twice");
                }

                metadataSeen = true;
                ReadMetadata(ref reader);
                continue;
            }

            var entry = ReadEntry(ref reader, name);
            if (!byName.TryAdd(name, entry))
            {
                throw Fault(file, name, "the name appears twice");
            }

            entries.Add(entry);
        }

        // The reader itself refuses anything but white space behind the closing brace.
        while (reader.Read())
        {
        }
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw Fault(file, null, $"{MetadataKey} is no object");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String)
            {
                throw Fault(
                    file, null, $"{MetadataKey} '{CheckpointException.Printable(key)}' is no string; the format allows only strings");
            }

            metadata[key] = reader.GetString()!;
        }
    }

    private SafetensorsEntry ReadEntry(ref Utf8JsonReader reader, string name)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw Fault(file, name, "the description is no object");
        }

        SafetensorsDtype? dtype = null;
        List<long>? shape = null;
        List<long>? offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var field = reader.GetString();
            reader.Read();
            switch (field)
            {
                case "dtype" when dtype is null:
                    dtype = ReadDtype(ref reader, name);
                    break;
                case "shape" when shape is null:
                    shape = ReadNumbers(ref reader, name, field, MaxDimensions);
                    break;
                case "data_offsets" when offsets is null:
                    offsets = ReadNumbers(ref reader, name, field, 2);
                    break;
                case "dtype" or "shape" or "data_offsets":
                    throw Fault(file, name, $"'{field}' appears twice");
                default:
                    reader.Skip();
                    break;
            }
        }

        if (dtype is null || shape is null || offsets is null)
        {
            throw Fault(file, name, $"'{(dtype is null ? "dtype" : shape is null ? "shape" : "data_offsets")}' is missing");
        }

        if (offsets.Count != 2)
        {
            throw Fault(file, name, $"data_offsets has {offsets.Count} numbers; it takes 2");
        }

        return new SafetensorsEntry(name, dtype.Value, shape, offsets[0], offsets[1]);
    }

    private SafetensorsDtype ReadDtype(ref Utf8JsonReader reader, string name)
    {
        var text = reader.TokenType == JsonTokenType.String ? reader.GetString()! : throw Fault(file, name, "dtype is no string");
        return SafetensorsDtypes.TryParse(text, out var dtype)
            ? dtype
            : throw Fault(file, name,
                $"unknown dtype '{CheckpointException.Printable(text)}'; known are {string.Join(", ", Enum.GetNames<SafetensorsDtype>())}");
    }

    private List<long> ReadNumbers(ref Utf8JsonReader reader, string name, string field, int most)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw Fault(file, name, $"{field} is no list");
        }

        var numbers = new List<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var number) || number < 0)
            {
                throw Fault(file, name, $"{field} holds something that is no whole number from 0 to {long.MaxValue}");
            }

            numbers.Add(number);
            if (numbers.Count > most)
            {
                throw Fault(file, name, $"{field} has more than {most} numbers");
            }
        }

        return numbers;
    }

    private void CheckLayout(long dataLength)
    {
        entries.Sort((left, right) => (left.Begin, left.End).CompareTo((right.Begin, right.End)));
        long expected = 0;
        SafetensorsEntry? previous = null;
        foreach (var entry in entries)
        {
            if (entry.End < entry.Begin)
            {
                throw Fault(file, entry.Name, $"data_offsets [{entry.Begin}, {entry.End}] run backwards");
            }

            if (entry.End > dataLength)
            {
                throw Fault(file, entry.Name,
                    $"data_offsets [{entry.Begin}, {entry.End}] leave the file, whose data ends at {dataLength}; the file is cut "
                        + "off or lies");
            }

            if (entry.Begin < expected)
            {
                throw Fault(file, entry.Name,
                    $"data_offsets [{entry.Begin}, {entry.End}] overlap tensor '{CheckpointException.Printable(previous!.Name)}', "
                        + $"which ends at {expected}");
            }

            if (entry.Begin > expected)
            {
                throw Fault(file, entry.Name,
                    $"data_offsets [{entry.Begin}, {entry.End}] leave a hole of {entry.Begin - expected} bytes before them");
            }

            if (ByteCount(entry) is not { } bytes || bytes != entry.ByteCount)
            {
                throw Fault(file, entry.Name,
                    $"{entry.Dtype} [{string.Join(", ", entry.Shape)}] does not fill data_offsets [{entry.Begin}, {entry.End}], which "
                        + $"hold {entry.ByteCount} bytes");
            }

            expected = entry.End;
            previous = entry;
        }

        if (expected != dataLength)
        {
            throw Fault(file, null, $"{dataLength - expected} bytes at the end belong to no tensor");
        }
    }

    /// <summary>Null when the product is beyond 64 bits.</summary>
    private static long? ByteCount(SafetensorsEntry entry)
    {
        Int128 bytes = entry.Dtype.Size();
        foreach (var size in entry.Shape)
        {
            bytes *= Math.Max(size, 1); // strides overflow even where another axis is empty
            if (bytes > long.MaxValue)
            {
                return null;
            }
        }

        return entry.Shape.Contains(0) ? 0 : (long)bytes;
    }
}
