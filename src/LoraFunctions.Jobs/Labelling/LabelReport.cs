using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using LoraFunctions.Imaging.Gate;

namespace LoraFunctions.Jobs.Labelling;

/// <summary>
/// <c>labels.json</c>: <c>{schemaVersion, displayName, photos: [{file, caption, corrected, labels: {view: {word, probability, margin,
/// scores: {"side view": 0.9, ...}}}, gate: {"busy background": 0.1, ...}}], rejected: [{file, reason, sentence, duplicateOf}]}</c>. The word is null
/// where an optional group keeps silent; <c>rejected</c> is read as <see cref="ClipVerdicts"/>.
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

    public static byte[] Write(string displayName, IReadOnlyList<LabelledPhoto> photos, IReadOnlyList<ClipRejection> rejected) =>
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
                        ["gate"] = new JsonObject(p.Gate.Select(score => KeyValuePair.Create<string, JsonNode?>(score.Question, score.Probability))),
                    }),
                ]),
                ["rejected"] = JsonSerializer.SerializeToNode(rejected, ContractJson.Options),
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
