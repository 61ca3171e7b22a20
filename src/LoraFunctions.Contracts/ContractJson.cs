using System.Text.Encodings.Web;
using System.Text.Json.Serialization;
using System.Text.Json;

namespace LoraFunctions.Contracts;

/// <summary>How everything of ours is written as JSON: blobs, queue messages (raw text, not base64), inputs and outputs of orchestrators.</summary>
public static class ContractJson
{
    /// <summary>camelCase names, enums as camelCase strings, no indentation; Chinese stays readable.</summary>
    public static JsonSerializerOptions Options { get; } = Make(indented: false);

    /// <summary>The same for files that people open.</summary>
    public static JsonSerializerOptions IndentedOptions { get; } = Make(indented: true);

    public static string Serialize<T>(T value) => JsonSerializer.Serialize(value, Options);

    public static string SerializeIndented<T>(T value) => JsonSerializer.Serialize(value, IndentedOptions);

    /// <exception cref="JsonException">Not JSON, not of this shape, or null.</exception>
    public static T Deserialize<T>(string json) =>
        JsonSerializer.Deserialize<T>(json, Options) ?? throw new JsonException($"The JSON of a {typeof(T).Name} is null.");

    /// <exception cref="JsonException">Not JSON, not of this shape, or null.</exception>
    public static T Deserialize<T>(ReadOnlySpan<byte> utf8) =>
        JsonSerializer.Deserialize<T>(utf8, Options) ?? throw new JsonException($"The JSON of a {typeof(T).Name} is null.");

    /// <summary>A message of <see cref="QueueNames.GpuJobs"/>.</summary>
    /// <exception cref="JsonException">Not such a message, or one of a newer schema than this version knows.</exception>
    public static JobMessage DeserializeJobMessage(string text)
    {
        var message = Deserialize<JobMessage>(text);
        RefuseNewer(nameof(JobMessage), message.SchemaVersion, JobMessage.CurrentSchemaVersion);
        return message;
    }

    /// <summary>A message of <see cref="QueueNames.GpuResults"/>.</summary>
    /// <exception cref="JsonException">Not such a message, or one of a newer schema than this version knows.</exception>
    public static ResultMessage DeserializeResultMessage(string text)
    {
        var message = Deserialize<ResultMessage>(text);
        RefuseNewer(nameof(ResultMessage), message.SchemaVersion, ResultMessage.CurrentSchemaVersion);
        return message;
    }

    private static void RefuseNewer(string what, int version, int known)
    {
        if (version < 1 || version > known)
        {
            throw new JsonException($"A {what} of schema version {version} came; this version knows 1 to {known}. Bring all parts of the system to one version.");
        }
    }

    private static JsonSerializerOptions Make(bool indented)
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            NumberHandling = JsonNumberHandling.Strict,
            RespectRequiredConstructorParameters = true,
            RespectNullableAnnotations = true,
            WriteIndented = indented,
            NewLine = "\n",
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        };
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false));
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}
