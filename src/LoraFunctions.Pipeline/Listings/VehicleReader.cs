using System.Globalization;
using System.Text.Json;
using LoraFunctions.Pipeline.Storage;

namespace LoraFunctions.Pipeline.Listings;

/// <summary>
/// Reads <c>vehicle.json</c>, which the marketplace writes. Fields we do not know are left alone; those we do are checked, because they end up
/// in captions, prompts and file names.
/// </summary>
public static class VehicleReader
{
    private const int MaxBytes = 64 * 1024;
    private const int MaxTextLength = 80;
    private const int MaxFeatures = 40;

    /// <summary>With seconds or without, with fractions of them or without.</summary>
    private static readonly string[] s_timeFormats = ["yyyy-MM-ddTHH:mmK", "yyyy-MM-ddTHH:mm:ssK", "yyyy-MM-ddTHH:mm:ss.FFFFFFFK"];

    /// <exception cref="InvalidDataException">It is broken; every problem is in the message.</exception>
    /// <param name="now">A car that is listed later than tomorrow is a slip of the pen.</param>
    public static Vehicle Read(ReadOnlyMemory<byte> utf8, DateTimeOffset now)
    {
        if (utf8.Length > MaxBytes)
        {
            throw new InvalidDataException($"it has {utf8.Length} bytes; at most {MaxBytes} are read");
        }

        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(TextFile.Decode(BlobNames.VehicleFile, utf8.Span));
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"it is not valid JSON (line {e.LineNumber + 1}): {FirstSentence(e.Message)}", e);
        }

        using (document)
        {
            try
            {
                return Read(document.RootElement, now);
            }
            catch (InvalidOperationException e)
            {
                // A text with half of a surrogate pair, \ud800, is valid JSON and no text.
                throw new InvalidDataException($"one of its texts is no Unicode: {e.Message}", e);
            }
        }
    }

    private static Vehicle Read(JsonElement root, DateTimeOffset now)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new InvalidDataException("it must be one JSON object");
        }

        var problems = new List<string>();
        var version = Whole(root, "schemaVersion", Vehicle.CurrentSchemaVersion, 1, Vehicle.CurrentSchemaVersion, problems);
        var vehicle = new Vehicle(
            version,
            Text(root, "make", required: true, problems),
            Text(root, "model", required: true, problems),
            Text(root, "generation", required: false, problems),
            Whole(root, "year", 0, 1950, 2100, problems),
            Text(root, "segment", required: false, problems),
            Price(root, problems),
            Released(root, problems),
            Features(root, problems),
            ListedAt(root, now, problems)) { Withdrawn = Withdrawn(root, problems) };
        if (problems.Count == 0)
        {
            try
            {
                ModelKeys.Of(vehicle.Make, vehicle.Model, vehicle.Generation);
            }
            catch (ArgumentException e)
            {
                problems.Add(e.Message);
            }
        }

        return problems.Count == 0 ? vehicle : throw new InvalidDataException(string.Join("; ", problems));
    }

    private static string Text(JsonElement root, string name, bool required, List<string> problems)
    {
        switch (Find(root, name))
        {
            case null when !required:
                return "";
            case null:
                problems.Add($"'{name}' is missing");
                return "";
            // 2024 and "2024" are the same generation.
            case { ValueKind: JsonValueKind.Number } number when !required:
                return number.GetRawText();
            case { ValueKind: JsonValueKind.String } value:
                return Checked(name, value.GetString()!, required, problems);
            default:
                problems.Add($"'{name}' must be a text");
                return "";
        }
    }

    private static string Checked(string name, string text, bool required, List<string> problems)
    {
        text = text.Trim();
        if (required && text.Length == 0)
        {
            problems.Add($"'{name}' is empty");
        }
        else if (text.Length > MaxTextLength)
        {
            problems.Add($"'{name}' has {text.Length} characters; at most {MaxTextLength} are allowed");
        }
        else if (text.Any(c => char.IsControl(c) || c is '<' or '>' or '"'))
        {
            problems.Add($"'{name}' is '{text.ReplaceLineEndings(" ")}'; line breaks and the characters < > \" do not fit into captions and prompts");
        }

        return text;
    }

    private static int Whole(JsonElement root, string name, int fallback, int least, int most, List<string> problems)
    {
        if (Find(root, name) is not { } value)
        {
            return fallback;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= least && number <= most)
        {
            return number;
        }

        problems.Add($"'{name}' is {value.GetRawText()}; it must be a whole number from {least} to {most}");
        return fallback;
    }

    private static decimal Price(JsonElement root, List<string> problems)
    {
        if (Find(root, "price") is not { } value)
        {
            return 0;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var price) && price >= 0)
        {
            return price;
        }

        problems.Add($"'price' is {value.GetRawText()}; it must be a number of at least 0");
        return 0;
    }

    /// <summary>Never guessed: concept cars must not be rendered.</summary>
    private static bool Released(JsonElement root, List<string> problems)
    {
        switch (Find(root, "released")?.ValueKind)
        {
            case JsonValueKind.True:
                return true;
            case JsonValueKind.False:
                return false;
            default:
                problems.Add("'released' is missing or neither true nor false; concept cars must say false");
                return false;
        }
    }

    private static bool Withdrawn(JsonElement root, List<string> problems)
    {
        if (Find(root, "withdrawn") is { } value && value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
        {
            problems.Add($"'withdrawn' is {value.GetRawText()}; it must be true or false");
        }

        return Find(root, "withdrawn")?.ValueKind == JsonValueKind.True;
    }

    private static List<string> Features(JsonElement root, List<string> problems)
    {
        var features = new List<string>();
        if (Find(root, "features") is not { } list)
        {
            return features;
        }

        if (list.ValueKind != JsonValueKind.Array || list.EnumerateArray().Any(f => f.ValueKind != JsonValueKind.String))
        {
            problems.Add("'features' must be a list of texts");
            return features;
        }

        if (list.GetArrayLength() > MaxFeatures)
        {
            problems.Add($"'features' has {list.GetArrayLength()} entries; at most {MaxFeatures} are allowed");
            return features;
        }

        features.AddRange(list.EnumerateArray().Select((f, i) => Checked($"features[{i}]", f.GetString()!, required: true, problems)));
        return features;
    }

    private static DateTimeOffset ListedAt(JsonElement root, DateTimeOffset now, List<string> problems)
    {
        if (Find(root, "listedAt") is not { ValueKind: JsonValueKind.String } value
            || value.GetString()! is var text && !(text.EndsWith('Z') || (text.Length > 6 && text[^6] is '+' or '-'))
            || !DateTimeOffset.TryParseExact(value.GetString(), s_timeFormats, CultureInfo.InvariantCulture, DateTimeStyles.None, out var listedAt))
        {
            problems.Add($"'listedAt' is {Find(root, "listedAt")?.GetRawText() ?? "missing"}; it must be an ISO 8601 time with its offset, such as 2025-03-01T09:30:00+08:00");
            return default;
        }

        if (listedAt > now.AddDays(1))
        {
            problems.Add($"'listedAt' is {value.GetString()}, which is to come; it is the time at which the car was listed");
        }

        return listedAt;
    }

    private static JsonElement? Find(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static string FirstSentence(string message)
    {
        var end = message.IndexOf(". ", StringComparison.Ordinal);
        return end < 0 ? message : message[..(end + 1)];
    }
}
