using LoraFunctions.Imaging.Gate;
using YamlDotNet.RepresentationModel;

namespace LoraFunctions.Jobs.Labelling;

/// <summary>
/// Reads the part <c>gate:</c> of <c>labels.yaml</c>:
/// <code>
/// gate:
///   same scene: 0.98
///   not a car:
///     against: ["a photo of a house", "a document"]
///     for: ["a photo of a car", "the interior of a car"]
///     from: 0.9
/// </code>
/// </summary>
internal static class LabelGateReader
{
    private const string SameScene = "same scene";

    private static readonly Dictionary<string, GateReason> Reasons = new(StringComparer.Ordinal)
    {
        ["not a car"] = GateReason.NotACar,
        ["busy background"] = GateReason.BusyBackground,
        ["occluded"] = GateReason.Occluded,
        ["several cars"] = GateReason.SeveralCars,
        ["brand logo"] = GateReason.BrandLogo,
    };

    private static readonly string[] QuestionKeys = ["against", "for", "from"];

    public static LabelGate Read(YamlNode node, string path, Problems problems)
    {
        if (node is not YamlMappingNode mapping)
        {
            problems.Add(YamlFile.PlaceOf(path, node), "gate", $"expected one entry a question, of {string.Join(", ", Reasons.Keys)}, or '{SameScene}:'.");
            return LabelGate.None;
        }

        var entries = LabelTableReader.Entries(mapping, path, "gate.", [SameScene, .. Reasons.Keys], problems);
        return new LabelGate([.. entries.Where(entry => Reasons.ContainsKey(entry.Key)).Select(entry => Question(entry.Key, entry.Value, path, problems)).OfType<GateQuestion>()])
        {
            MinSameScene = LabelTableReader.Number(
                entries, SameScene, path, $"gate.{SameScene}", value => value is > 0 and <= 1, "cosine of two embeddings; give the least one of photos that show the same scene, 0 to 1", problems),
        };
    }

    private static GateQuestion? Question(string name, YamlNode node, string path, Problems problems)
    {
        var key = $"gate.{name}";
        if (node is not YamlMappingNode mapping)
        {
            problems.Add(YamlFile.PlaceOf(path, node), key, "expected 'against:', 'for:' and, to reject photos, 'from:' below it.");
            return null;
        }

        var entries = LabelTableReader.Entries(mapping, path, key + ".", QuestionKeys, problems);
        var (against, speaking) = (Sentences("against"), Sentences("for"));
        var from = LabelTableReader.Number(entries, "from", path, $"{key}.from", value => value is > 0 and < 1, "probability; give the least one that rejects a photo, between 0 and 1", problems);
        return new GateQuestion(
            name, Reasons[name], new LabelGroup(name, [.. against.Concat(speaking).Select(sentence => new LabelCandidate(sentence, [sentence]))], Threshold: null), against.Count, from);

        List<string> Sentences(string side)
        {
            if (entries.TryGetValue(side, out var sentences))
            {
                return LabelTableReader.Texts(sentences, path, $"{key}.{side}", problems);
            }

            problems.Add(YamlFile.PlaceOf(path, node), $"{key}.{side}", "is missing; it holds the sentences that CLIP compares the photo with.");
            return [];
        }
    }
}
