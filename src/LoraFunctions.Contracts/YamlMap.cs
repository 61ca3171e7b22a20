using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace LoraFunctions.Contracts;

/// <summary>
/// A mapping of a YAML file that knows its lines. Every getter adds to one list of problems instead of throwing and gives a stand-in, so that
/// the whole file is looked at; keys nobody asked for are problems too, once <see cref="RefuseOthers"/> is called.
/// </summary>
public sealed class YamlMap
{
    private readonly string _file;
    private readonly string _path;
    private readonly YamlMappingNode _node;
    private readonly Problems _problems;
    private readonly List<string> _known = [];

    private YamlMap(string file, string path, YamlMappingNode node, Problems problems) =>
        (_file, _path, _node, _problems) = (file, path, node, problems);

    /// <summary>The keys as they stand in the file.</summary>
    public IReadOnlyList<string> Keys => [.. _node.Children.Keys.Select(k => ((YamlScalarNode)k).Value ?? "")];

    /// <summary>Reads the text; what is not one mapping comes back as an empty one, with a problem.</summary>
    /// <param name="file">For messages.</param>
    public static YamlMap Parse(string file, ReadOnlyMemory<byte> bytes, Problems problems) =>
        Of(file, YamlFile.ParseMapping(file, bytes.Span, problems), problems);

    /// <summary>The same of a file.</summary>
    public static YamlMap Read(string path, Problems problems) => Of(path, YamlFile.ReadMapping(path, problems), problems);

    private static YamlMap Of(string file, YamlMappingNode? node, Problems problems)
    {
        var empty = new YamlMap(file, "", [], problems);
        return node is null ? empty : empty.AsMap(node, "") ?? empty;
    }

    /// <summary>A problem with the value of a key, or with the mapping itself where the key is not there.</summary>
    public void Problem(string key, string message) => Problem(Find(key) ?? _node, PathOf(key), message);

    public bool Has(string key)
    {
        Know(key);
        return Find(key) is not null;
    }

    /// <summary>Whether <see cref="Map"/> gives its keys.</summary>
    public bool IsMap(string key) => Find(key) is YamlMappingNode;

    /// <summary>Text, trimmed; it may not be empty. <paramref name="fallback"/> null: the key must be there.</summary>
    public string Text(string key, string? fallback = null)
    {
        Know(key);
        switch (Find(key))
        {
            case null when fallback is not null:
                return fallback;
            case null:
                Problem(_node, PathOf(key), "is missing.");
                return "";
            case YamlScalarNode { Value: { } value } when !string.IsNullOrWhiteSpace(value):
                return value.Trim();
            case var node:
                Problem(node, PathOf(key), "must be a text and not empty.");
                return fallback ?? "";
        }
    }

    public int Whole(string key, int fallback, int least, int most) => (int)Number(key, fallback, least, most, whole: true);

    public double Number(string key, double fallback, double least, double most, bool whole = false)
    {
        Know(key);
        if (Find(key) is not { } node)
        {
            return fallback;
        }

        var style = whole ? NumberStyles.AllowLeadingSign : NumberStyles.Float;
        if (node is YamlScalarNode { Value: { } text } && double.TryParse(text, style, CultureInfo.InvariantCulture, out var value)
            && value >= least && value <= most)
        {
            return value;
        }

        var kind = whole ? "a whole number" : "a number";
        Problem(node, PathOf(key), string.Create(CultureInfo.InvariantCulture, $"'{node}' is not {kind} from {least} to {most}."));
        return fallback;
    }

    public bool Flag(string key, bool fallback)
    {
        Know(key);
        switch (Find(key))
        {
            case null:
                return fallback;
            case YamlScalarNode { Value: "true" or "True" }:
                return true;
            case YamlScalarNode { Value: "false" or "False" }:
                return false;
            case var node:
                Problem(node, PathOf(key), $"'{node}' is neither true nor false.");
                return fallback;
        }
    }

    /// <summary>A list of texts; empty when the key is not there.</summary>
    public IReadOnlyList<string> Texts(string key)
    {
        var texts = new List<string>();
        foreach (var (node, path) in Items(key))
        {
            if (node is YamlScalarNode { Value: { } value } && !string.IsNullOrWhiteSpace(value))
            {
                texts.Add(value.Trim());
            }
            else
            {
                Problem(node, path, "must be a text and not empty.");
            }
        }

        return texts;
    }

    /// <summary>A list of whole numbers; empty when the key is not there.</summary>
    public IReadOnlyList<long> Wholes(string key, long least, long most)
    {
        var numbers = new List<long>();
        foreach (var (node, path) in Items(key))
        {
            if (node is YamlScalarNode { Value: { } text } && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
                && value >= least && value <= most)
            {
                numbers.Add(value);
            }
            else
            {
                Problem(node, path, $"'{node}' is not a whole number from {least} to {most}.");
            }
        }

        return numbers;
    }

    /// <summary>A mapping below a key; null when the key is not there.</summary>
    public YamlMap? Map(string key)
    {
        Know(key);
        return Find(key) is { } node ? AsMap(node, PathOf(key)) : null;
    }

    /// <summary>A list of mappings; empty when the key is not there.</summary>
    public IReadOnlyList<YamlMap> Maps(string key) =>
        [.. Items(key).Select(item => AsMap(item.Node, item.Path)).OfType<YamlMap>()];

    /// <summary>Names every key that was not asked for, with the nearest that is known.</summary>
    public void RefuseOthers()
    {
        foreach (var key in _node.Children.Keys)
        {
            var name = ((YamlScalarNode)key).Value ?? "";
            if (!_known.Contains(name))
            {
                Problem(key, PathOf(name), $"unknown key.{NearestName.Hint(name, _known)} Known are: {string.Join(", ", _known)}.");
            }
        }
    }

    private IEnumerable<(YamlNode Node, string Path)> Items(string key)
    {
        Know(key);
        switch (Find(key))
        {
            case null:
                return [];
            case YamlSequenceNode sequence:
                return sequence.Children.Select((node, i) => (node, $"{PathOf(key)}[{i}]"));
            case var node:
                Problem(node, PathOf(key), "must be a list ('- ...' lines, or [a, b]).");
                return [];
        }
    }

    private YamlMap? AsMap(YamlNode node, string path)
    {
        if (node is YamlMappingNode map && map.Children.Keys.All(k => k is YamlScalarNode))
        {
            return new YamlMap(_file, path, map, _problems);
        }

        Problem(node, path, "must be 'key: value' lines.");
        return null;
    }

    private void Know(string key)
    {
        if (!_known.Contains(key))
        {
            _known.Add(key);
        }
    }

    /// <summary>A key without a value counts as not there.</summary>
    private YamlNode? Find(string key) =>
        _node.Children.TryGetValue(new YamlScalarNode(key), out var node)
        && node is not YamlScalarNode { Style: ScalarStyle.Plain, Value: null or "" or "~" or "null" }
            ? node
            : null;

    private string PathOf(string key) => _path.Length == 0 ? key : $"{_path}.{key}";

    private void Problem(YamlNode node, string path, string message) =>
        _problems.Add(path.Length == 0 ? $"{_file}:{node.Start.Line}: {message}" : $"{_file}:{node.Start.Line}: {path}: {message}");
}
