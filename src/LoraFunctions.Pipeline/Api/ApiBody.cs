using System.Globalization;
using System.Text.Json;

namespace LoraFunctions.Pipeline.Api;

/// <summary>
/// A request's JSON object. Every getter adds to one list of errors instead of throwing and gives a stand-in, so that the whole body is looked
/// at; fields nobody asked for are errors too.
/// </summary>
internal sealed class ApiBody
{
    /// <summary>Names of two hundred photos take half of it.</summary>
    public const int MaxBytes = 64 * 1024;

    private const string Whole = "body";

    private readonly Dictionary<string, List<string>> _errors = [];
    private readonly List<string> _known = [];
    private readonly JsonElement _root;

    private ApiBody(JsonElement root) => _root = root;

    /// <summary>Reads it, as far as it can be read: what is no object has one error for all.</summary>
    /// <returns>Null, with the answer, where it is too large.</returns>
    public static async Task<(ApiBody Body, ApiResult? TooLarge)> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var buffer = new byte[MaxBytes + 1];
        var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        var body = new ApiBody(default);
        if (length > MaxBytes)
        {
            return (body, ApiResult.Problem(413, "The body is too large.", $"It has more than {MaxBytes} bytes, which is the most."));
        }

        if (length == 0)
        {
            return (new ApiBody(JsonDocument.Parse("{}").RootElement), null);
        }

        try
        {
            var json = JsonDocument.Parse(buffer.AsMemory(0, length), new JsonDocumentOptions { AllowDuplicateProperties = false });
            Walk(json.RootElement);
            if (json.RootElement.ValueKind == JsonValueKind.Object)
            {
                return (new ApiBody(json.RootElement), null);
            }

            body.Error(Whole, "it must be one JSON object.");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            body.Error(Whole, $"it is not valid JSON: {e.Message}");
        }

        return (body, null);
    }

    public bool Has(string field) => Find(field) is not null;

    public void Error(string field, string problem)
    {
        if (!_errors.TryGetValue(field, out var problems))
        {
            _errors[field] = problems = [];
        }

        problems.Add(problem);
    }

    /// <summary>Text, trimmed and without control characters.</summary>
    /// <param name="required">Null will not do.</param>
    public string? Text(string field, bool required, int maxLength = 200)
    {
        if (Find(field) is not { } value)
        {
            if (required)
            {
                Error(field, "it is missing.");
            }

            return null;
        }

        if (StringOf(value) is not { } text)
        {
            Error(field, "it must be a text.");
            return null;
        }

        var hasControl = text.Any(char.IsControl);
        text = text.Trim();
        if (hasControl || text.Length > maxLength || (required && text.Length == 0))
        {
            Error(field, $"it must have {(required ? 1 : 0)} to {maxLength} characters and no line breaks.");
            return null;
        }

        return text;
    }

    /// <summary>One of the words.</summary>
    public string? Word(string field, IReadOnlyList<string> words)
    {
        var text = Text(field, required: true);
        if (text is not null && !words.Contains(text))
        {
            Error(field, $"'{text}' is not known.{NearestName.Hint(text, words)} Give one of {string.Join(", ", words)}.");
            return null;
        }

        return text;
    }

    public double? Number(string field, double moreThan, double most)
    {
        if (Find(field) is not { } value)
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number > moreThan && number <= most)
        {
            return number;
        }

        Error(field, string.Create(CultureInfo.InvariantCulture, $"it must be a number of more than {moreThan}, up to {most}."));
        return null;
    }

    /// <summary>A list of texts; null where it is not there.</summary>
    public IReadOnlyList<string>? Texts(string field, bool required, int most)
    {
        if (Find(field) is not { } value)
        {
            if (required)
            {
                Error(field, "it is missing.");
            }

            return null;
        }

        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > most || (required && value.GetArrayLength() == 0))
        {
            Error(field, $"it must be a list of {(required ? 1 : 0)} to {most} texts.");
            return null;
        }

        string?[] texts = [.. value.EnumerateArray().Select(StringOf)];
        if (texts.Contains(null))
        {
            Error(field, "every entry must be a text.");
            return null;
        }

        return texts!;
    }

    /// <summary>A field as it stands there, for what has a reader of its own.</summary>
    public JsonElement? Raw(string field) => Find(field);

    /// <summary>The answer where something is wrong, unknown fields too; else null.</summary>
    public ApiResult? Refused()
    {
        if (_root.ValueKind == JsonValueKind.Object)
        {
            foreach (var name in _root.EnumerateObject().Select(p => p.Name).Where(n => !_known.Contains(n)))
            {
                Error(name, $"there is no such field.{NearestName.Hint(name, _known)} Known are: {string.Join(", ", _known)}.");
            }
        }

        return _errors.Count == 0 ? null : ApiResult.Invalid(_errors.ToDictionary(e => e.Key, IReadOnlyList<string> (e) => e.Value));
    }

    private JsonElement? Find(string field)
    {
        if (!_known.Contains(field))
        {
            _known.Add(field);
        }

        return _root.ValueKind == JsonValueKind.Object && _root.TryGetProperty(field, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    /// <summary>Half of a surrogate pair is valid JSON and no text: reading it throws, now or never.</summary>
    private static void Walk(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject())
                {
                    _ = property.Name;
                    Walk(property.Value);
                }

                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                {
                    Walk(item);
                }

                break;
            case JsonValueKind.String:
                element.GetString();
                break;
        }
    }

    private static string? StringOf(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
