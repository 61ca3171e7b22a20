using System.Text.Json;
using LoraFunctions.Diffusion.Checkpoints;

namespace LoraFunctions.Diffusion.Models;

/// <summary>Reads one config.json key by key, collects every fault, and throws them together.</summary>
internal sealed class ConfigReader
{
    // Beyond any network of this kind; keeps a lying file from asking for terabytes.
    private const long Largest = 1 << 24;
    private const int MostLayers = 256;
    private const int LargestImage = 8192;

    private readonly JsonElement json;
    private readonly string file;
    private readonly List<string> faults = [];

    public ConfigReader(JsonElement json, string file)
    {
        this.json = json;
        this.file = file;
        if (json.ValueKind != JsonValueKind.Object)
        {
            throw new CheckpointException($"{file}: is no JSON object.");
        }
    }

    public bool Has(string key) => Value(key) is not null;

    public long Number(string key, long absent, long largest = Largest)
    {
        var value = Value(key);
        return value is null
            ? absent : Whole(value.Value) is { } number && number <= largest
                ? number : Fault(key, value.Value, $"a whole number from 1 to {largest}", absent);
    }

    /// <summary>A number of layers.</summary>
    public int Count(string key, int absent) => (int)Number(key, absent, MostLayers);

    /// <summary>A number of pixels along one side.</summary>
    public int Pixels(string key, int absent) => (int)Number(key, absent, LargestImage);

    public double Real(string key, double absent, double least = double.Epsilon)
    {
        var value = Value(key);
        return value is null ? absent
            : value.Value.ValueKind == JsonValueKind.Number && value.Value.TryGetDouble(out var number) && number >= least
                && double.IsFinite(number) ? number
            : Fault(key, value.Value, least > 0 ? "a number above 0" : $"a number from {least}", absent);
    }

    public bool Flag(string key, bool absent)
    {
        var value = Value(key);
        return value is null ? absent
            : value.Value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.Value.GetBoolean()
            : Fault(key, value.Value, "true or false", absent);
    }

    public IReadOnlyList<long> Numbers(string key, IReadOnlyList<long> absent)
    {
        var value = Value(key);
        if (value is null)
        {
            return absent;
        }

        var numbers = value.Value.ValueKind == JsonValueKind.Array ? [.. value.Value.EnumerateArray().Select(Whole)] : new List<long?>();
        return numbers.Count is > 0 and <= 16 && numbers.TrueForAll(number => number is not null)
            ? [.. numbers.Select(number => number!.Value)]
            : Fault(key, value.Value, "a list of 1 to 16 whole numbers from 1", absent);
    }

    /// <summary>One number for all levels, or a list of one each.</summary>
    public IReadOnlyList<long> OneOrMany(string key, long absent, int count)
    {
        var value = Value(key);
        if (value is null || value.Value.ValueKind != JsonValueKind.Array)
        {
            return [.. Enumerable.Repeat(Number(key, absent), count)];
        }

        var numbers = Numbers(key, []);
        return numbers.Count is 0 || numbers.Count == count ? numbers.Count == 0 ? [.. Enumerable.Repeat(absent, count)] : numbers
            : Fault(key, value.Value, $"one number, or {count} of them", (IReadOnlyList<long>)[.. Enumerable.Repeat(absent, count)]);
    }

    /// <summary>True where the text is <paramref name="yes"/>, false where it is <paramref name="no"/>.</summary>
    public bool Choice(string key, string no, string yes, bool absent)
    {
        var value = Value(key);
        var text = value?.ValueKind == JsonValueKind.String ? value.Value.GetString() : null;
        return value is null ? absent : text == yes || (text == no ? false : Fault(key, value.Value, $"\"{no}\" or \"{yes}\"", absent));
    }

    /// <summary>A list of such choices; null when absent or wrong.</summary>
    public IReadOnlyList<bool>? Choices(string key, string no, string yes, int count)
    {
        var value = Value(key);
        if (value is null)
        {
            return null;
        }

        var texts = value.Value.ValueKind == JsonValueKind.Array
            ? [.. value.Value.EnumerateArray().Select(item => item.ToString())] : new List<string>();
        return texts.Count == count && texts.TrueForAll(text => text == yes || text == no)
            ? [.. texts.Select(text => text == yes)]
            : Fault(key, value.Value, $"a list of {count} (one a level) out of {(no == yes ? yes : $"{no}, {yes}")}", (
                IReadOnlyList<bool>?)null);
    }

    public void Demand(string key, string value) =>
        Demand(key, found => found.ValueKind == JsonValueKind.String && found.GetString() == value, value);

    public void Demand(string key, long value) =>
        Demand(key, found => found.ValueKind == JsonValueKind.Number && found.TryGetDouble(out var number) && number == value, $"{value}");

    public void Demand(string key, bool value) =>
        Demand(key, found => found.ValueKind == (value ? JsonValueKind.True : JsonValueKind.False), value ? "true" : "false");

    public void DemandAbsent(string key)
    {
        if (Value(key) is { } value)
        {
            faults.Add($"{key} is {Shown(value)}; Stable Diffusion 1.5 has none");
        }
    }

    public void DemandDivides(string divisorName, long divisor, string key, long value)
    {
        if (divisor < 1 || value % divisor != 0)
        {
            faults.Add($"{key} has {value}, which {divisorName} {divisor} does not divide");
        }
    }

    /// <exception cref="CheckpointException">Something was wrong.</exception>
    public void ThrowIfFaulty()
    {
        if (faults.Count > 0)
        {
            throw new CheckpointException($"{file}: {string.Join("; ", faults.Distinct(StringComparer.Ordinal))}.");
        }
    }

    private void Demand(string key, Predicate<JsonElement> holds, string value)
    {
        if (Value(key) is { } found && !holds(found))
        {
            faults.Add($"{key} is {Shown(found)}; only {value} is known here, as Stable Diffusion 1.5 has it");
        }
    }

    private static long? Whole(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number is >= 1 and <= Largest ? number : null;

    private static string Shown(JsonElement value) => CheckpointException.Printable(value.GetRawText());

    /// <summary>Null stands for absent, as in the files.</summary>
    private JsonElement? Value(string key) =>
        json.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private T Fault<T>(string key, JsonElement value, string expected, T instead)
    {
        faults.Add($"{key} is {Shown(value)}; it must be {expected}");
        return instead;
    }
}
