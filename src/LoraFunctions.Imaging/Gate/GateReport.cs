using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace LoraFunctions.Imaging.Gate;

/// <summary><c>gate-report.json</c>: every photo of a listing, in the order of names, with its verdict.</summary>
public sealed record GateReport(int SchemaVersion, string Listing, IReadOnlyList<GateVerdict> Photos)
{
    public const int CurrentSchemaVersion = 1;

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    [JsonIgnore]
    public IEnumerable<GateVerdict> Accepted => Photos.Where(photo => photo.Accepted);

    [JsonIgnore]
    public IEnumerable<GateVerdict> Rejected => Photos.Where(photo => !photo.Accepted);

    /// <summary>The same report gives the same text.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Options) + "\n";

    /// <exception cref="JsonException">Not a gate report, or of another schema version.</exception>
    public static GateReport FromJson(string json)
    {
        var report = JsonSerializer.Deserialize<GateReport>(json, Options) ?? throw new JsonException("The gate report is 'null'.");
        return report.SchemaVersion == CurrentSchemaVersion
            ? report
            : throw new JsonException($"The gate report has schema version {report.SchemaVersion}; {CurrentSchemaVersion} is read.");
    }
}
