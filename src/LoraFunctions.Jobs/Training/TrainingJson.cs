using System.Text.Json;
using System.Text.Json.Serialization;

namespace LoraFunctions.Jobs.Training;

/// <summary>How options stand in manifests: camelCase, enums by name.</summary>
internal static class TrainingJson
{
    public static JsonSerializerOptions Options { get; } =
        new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };
}
