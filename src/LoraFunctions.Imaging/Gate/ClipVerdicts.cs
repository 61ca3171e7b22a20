using System.Text.Json;
using System.Text.Json.Serialization;

namespace LoraFunctions.Imaging.Gate;

/// <summary>What CLIP has against a photo that the gate took.</summary>
/// <param name="File">The photo's name.</param>
/// <param name="Sentence">For a person, to stand behind the photo's name.</param>
/// <param name="DuplicateOf">The photo of the same scene that was taken.</param>
public sealed record ClipRejection(string File, GateReason Reason, string Sentence, string? DuplicateOf = null);

/// <summary>The part of <c>labels.json</c> that gate reports and training read: the photos that CLIP rejected.</summary>
public sealed record ClipVerdicts(IReadOnlyList<ClipRejection>? Rejected)
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };

    /// <summary>By the photos' names; empty where labels were made before CLIP was asked.</summary>
    /// <exception cref="JsonException">It is no <c>labels.json</c>.</exception>
    public static IReadOnlyDictionary<string, ClipRejection> Parse(ReadOnlySpan<byte> labels) =>
        (JsonSerializer.Deserialize<ClipVerdicts>(labels, Options)?.Rejected ?? []).ToDictionary(photo => photo.File, StringComparer.Ordinal);
}
