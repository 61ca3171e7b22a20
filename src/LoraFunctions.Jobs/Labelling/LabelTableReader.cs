using System.Globalization;
using YamlDotNet.RepresentationModel;

namespace LoraFunctions.Jobs.Labelling;

/// <summary>
/// Reads <c>labels.yaml</c>:
/// <code>
/// caption: [name, features, paint, view, light]
/// groups:
///   view:
///     templates: ["a photo of the {} of a car"]
///     words: [front view, side view, {word: interior, prompts: ["a photo of the inside of a car"]}]
///   paint:
///     optional: 0.5
///     margin: 0.1
///     temperature: 1.4
///     words: [white paint, black paint]
/// </code>
/// </summary>
public static class LabelTableReader
{
    /// <summary>What is asked where a group has no templates of its own; <c>{}</c> is the word.</summary>
    public const string DefaultTemplate = "a photo of a car, {}";

    private static readonly string[] TopKeys = ["caption", "groups", "gate"];
    private static readonly string[] GroupKeys = ["templates", "words", "optional", "margin", "temperature"];
    private static readonly string[] WordKeys = ["word", "prompts"];

    /// <exception cref="InvalidJobInputException">Anything is wrong; each problem with file, line and key.</exception>
    public static LabelTable Read(string path)
    {
        var problems = new Problems();
        var top = YamlFile.ReadMapping(path, problems);
        problems.ThrowIfAny();

        var groups = new List<LabelGroup>();
        var entries = Entries(top!, path, "", TopKeys, problems);
        if (!entries.TryGetValue("groups", out var groupsNode))
        {
            problems.Add($"{path}: groups: is missing; it holds one entry a question, e.g. view.");
        }
        else if (groupsNode is not YamlMappingNode { Children.Count: > 0 } mapping)
        {
            problems.Add(YamlFile.PlaceOf(path, groupsNode), "groups", "expected one entry a question, e.g. 'view:'.");
        }
        else
        {
            foreach (var (name, node) in mapping)
            {
                groups.Add(ReadGroup(Scalar(name) ?? name.ToString(), node, path, problems));
            }
        }

        var caption = entries.TryGetValue("caption", out var captionNode)
            ? Texts(captionNode, path, "caption", problems)
            : [LabelTable.NamePart, LabelTable.FeaturesPart, .. groups.Select(g => g.Name)];
        string[] known = [LabelTable.NamePart, LabelTable.FeaturesPart, .. groups.Select(g => g.Name)];
        foreach (var part in caption.Where(p => !known.Contains(p, StringComparer.Ordinal)))
        {
            problems.Add(
                YamlFile.PlaceOf(path, captionNode!),
                "caption",
                $"there is no group '{part}'; give {string.Join(", ", known)}.{NearestName.Hint(part, known)}");
        }

        var gate = entries.TryGetValue("gate", out var gateNode) ? LabelGateReader.Read(gateNode, path, problems) : LabelGate.None;
        problems.ThrowIfAny();
        return new LabelTable(caption, groups) { Gate = gate };
    }

    private static LabelGroup ReadGroup(string name, YamlNode node, string path, Problems problems)
    {
        var key = $"groups.{name}";
        var empty = new LabelGroup(name, [], Threshold: null);
        if (name is LabelTable.NamePart or LabelTable.FeaturesPart)
        {
            problems.Add(YamlFile.PlaceOf(path, node), key, "this name is taken by a part of the caption; choose another.");
        }

        if (node is not YamlMappingNode mapping)
        {
            problems.Add(YamlFile.PlaceOf(path, node), key, "expected 'words:' and, if wanted, 'templates:' and 'optional:' below it.");
            return empty;
        }

        var entries = Entries(mapping, path, key + ".", GroupKeys, problems);
        IReadOnlyList<string> templates = [DefaultTemplate];
        if (entries.TryGetValue("templates", out var templatesNode))
        {
            templates = Texts(templatesNode, path, key + ".templates", problems);
            foreach (var template in templates.Where(t => !t.Contains("{}", StringComparison.Ordinal)))
            {
                problems.Add(
                    YamlFile.PlaceOf(path, templatesNode),
                    key + ".templates",
                    $"'{template}' has no {{}} for the word to stand in.");
            }
        }

        var threshold = Of("optional", value => value is > 0 and < 1, "probability; give the least one a label needs, between 0 and 1");
        var margin = Of("margin", value => value is >= 0 and < 1, "lead; give the least one a label needs over the second, 0 to 1");
        var temperature = Of("temperature", value => value is > 0 and < 1000, "temperature; give what 'lora label --truth' found, 1 for none");
        if (!entries.TryGetValue("words", out var words) || words is not YamlSequenceNode { Children.Count: > 1 } list)
        {
            problems.Add(YamlFile.PlaceOf(path, words ?? node), key + ".words", "expected a list of at least two candidates.");
            return empty;
        }

        var candidates = list.Select(w => ReadCandidate(w, templates, path, key + ".words", problems)).OfType<LabelCandidate>().ToList();
        foreach (
            var twice in candidates.Where(c => c.Word.Length > 0).GroupBy(c => c.Word, StringComparer.Ordinal).Where(g => g.Count() > 1))
        {
            problems.Add(YamlFile.PlaceOf(path, list), key + ".words", $"'{twice.Key}' stands there {twice.Count()} times.");
        }

        return new LabelGroup(name, candidates, threshold) { Margin = margin ?? 0, Temperature = temperature ?? 1 };

        double? Of(string name, Func<double, bool> fits, string what) => Number(entries, name, path, $"{key}.{name}", fits, what, problems);
    }

    /// <summary>Null where it is not there, or wrong.</summary>
    internal static double? Number(
        Dictionary<string, YamlNode> entries, string name, string path, string key, Func<double, bool> fits, string what, Problems problems)
    {
        if (!entries.TryGetValue(name, out var node))
        {
            return null;
        }

        if (double.TryParse(Scalar(node), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && fits(value))
        {
            return value;
        }

        problems.Add(YamlFile.PlaceOf(path, node), key, $"'{node}' is no {what}.");
        return null;
    }

    private static LabelCandidate? ReadCandidate(
        YamlNode node,
        IReadOnlyList<string> templates,
        string path,
        string key,
        Problems problems)
    {
        if (Scalar(node) is { } text)
        {
            return Of(text, templates);
        }

        if (node is not YamlMappingNode mapping)
        {
            problems.Add(YamlFile.PlaceOf(path, node), key, "a candidate is a word, or 'word:' and 'prompts:'.");
            return null;
        }

        var entries = Entries(mapping, path, key + ".", WordKeys, problems);
        if (!entries.TryGetValue("word", out var wordNode) || wordNode is not YamlScalarNode { Value: { } word })
        {
            problems.Add(YamlFile.PlaceOf(path, node), key, "a candidate of this form needs 'word:'; \"\" says nothing in the caption.");
            return null;
        }

        if (entries.TryGetValue("prompts", out var prompts))
        {
            return new LabelCandidate(word.Trim(), Texts(prompts, path, key + ".prompts", problems));
        }

        if (string.IsNullOrWhiteSpace(word))
        {
            problems.Add(YamlFile.PlaceOf(path, node), key, "a candidate without a word needs 'prompts:'.");
            return null;
        }

        return Of(word, templates);

        static LabelCandidate Of(string word, IReadOnlyList<string> templates) =>
            new(word.Trim(), [.. templates.Select(t => t.Replace("{}", word.Trim(), StringComparison.Ordinal))]);
    }

    internal static Dictionary<string, YamlNode> Entries(
        YamlMappingNode mapping,
        string path,
        string prefix,
        string[] known,
        Problems problems)
    {
        var entries = new Dictionary<string, YamlNode>(StringComparer.Ordinal);
        foreach (var (key, value) in mapping)
        {
            var name = Scalar(key) ?? key.ToString();
            if (!known.Contains(name, StringComparer.Ordinal))
            {
                problems.Add(
                    YamlFile.PlaceOf(path, key),
                    prefix + name,
                    $"there is no such key; there are {string.Join(", ", known)}.{NearestName.Hint(name, known)}");
            }

            entries[name] = value;
        }

        return entries;
    }

    internal static List<string> Texts(YamlNode node, string path, string key, Problems problems)
    {
        IEnumerable<YamlNode> nodes = node is YamlSequenceNode sequence ? sequence : [node];
        var texts = nodes.Select(Scalar).OfType<string>().Select(t => t.Trim()).ToList();
        if (texts.Count == 0 || texts.Count != nodes.Count())
        {
            problems.Add(YamlFile.PlaceOf(path, node), key, "expected a list of texts, none of them empty.");
        }

        return texts;
    }

    /// <summary>The text of a scalar that is not blank, else null.</summary>
    private static string? Scalar(YamlNode node) =>
        node is YamlScalarNode { Value: { } text } && !string.IsNullOrWhiteSpace(text) ? text : null;
}
