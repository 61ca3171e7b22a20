using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LoraFunctions.Jobs.Labelling;

/// <summary>
/// <c>labels.json</c>: <c>{schemaVersion, displayName, photos: [{file, caption, corrected, labels: {view: {word, probability, margin,
/// scores: {"side view": 0.9, ...}}}}]}</c>. The word is null where an optional group keeps silent.
/// </summary>
internal static class LabelReport
{
    private const int SchemaVersion = 1;

    private static readonly JsonSerializerOptions s_json = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static byte[] Write(string displayName, IReadOnlyList<LabelledPhoto> photos) =>
        JsonSerializer.SerializeToUtf8Bytes(
            new JsonObject
            {
                ["schemaVersion"] = SchemaVersion,
                ["displayName"] = displayName,
                ["photos"] = new JsonArray([
                    .. photos.Select(p => new JsonObject
                    {
                        ["file"] = p.FileName,
                        ["caption"] = p.Caption,
                        ["corrected"] = p.Corrected,
                        ["labels"] = new JsonObject(p.Labels.Select(l => KeyValuePair.Create<string, JsonNode?>(l.Group, Label(l)))),
                    }),
                ]),
            },
            s_json);

    private static JsonObject Label(AssignedLabel label) =>
        new()
        {
            ["word"] = label.Word,
            ["probability"] = label.Probability,
            ["margin"] = label.Margin,
            ["scores"] = new JsonObject(
                label
                    .Scores.GroupBy(s => s.Word, StringComparer.Ordinal)
                    .Select(g => KeyValuePair.Create<string, JsonNode?>(g.Key, Math.Round(g.Sum(s => s.Probability), digits: 6)))),
        };
}
