using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using LoraFunctions.Jobs.Training.Configuration;
using LoraFunctions.Jobs.Training.Data;
using YamlDotNet.RepresentationModel;

namespace LoraFunctions.Jobs.Kohya;

/// <summary>A training YAML being put together; every value is checked as the training would check it.</summary>
internal sealed class YamlDraft(string folder)
{
    private static readonly JsonSerializerOptions s_quoted = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly List<(string Key, string Line)> _lines = [];
    private readonly Dictionary<string, double> _numbers = new(StringComparer.Ordinal);

    private readonly List<string> _withoutEffect = [];
    private readonly HashSet<string> _named = new(StringComparer.Ordinal);

    public List<string> Warnings { get; } = [];

    /// <param name="from">The setting the value comes from; null: the other tool's default, where ours is another one.</param>
    public void Set(string key, object value, KohyaSetting? from)
    {
        _named.Add(from?.Key ?? "");
        var (text, note) = (Show(value), from is null ? "sd-scripts' default" : from.Key);
        if (Check(key, text) is { } problem)
        {
            _lines.Add((key, $"# {key}: {text}  # {note}; {problem}"));
            Warn($"{(from is null ? key : $"{from.Place}: {from}")}: as {key}: {problem}");
        }
        else
        {
            _lines.Add((key, $"{key}: {text}  # {note}"));
            if (value is IConvertible and not string)
            {
                _numbers[key] = Convert.ToDouble(value, CultureInfo.InvariantCulture);
            }
        }
    }

    /// <summary>A number that was set; null for others.</summary>
    public double? Number(string key) => _numbers.TryGetValue(key, out var number) ? number : null;

    public void Warn(KohyaSetting setting, string text)
    {
        _named.Add(setting.Key);
        Warn($"{setting.Place}: {setting}: {text}");
    }

    /// <summary>A setting that changes nothing here, with the reason.</summary>
    public void Fine(KohyaSetting setting, string reason)
    {
        _named.Add(setting.Key);
        _withoutEffect.Add($"{setting}: {reason}");
    }

    /// <summary>Whether the setting has its place in the YAML or among the remarks.</summary>
    public bool Names(KohyaSetting setting) => _named.Contains(setting.Key);

    public void Warn(string text) => Warnings.Add(text);

    /// <summary>The YAML, keys in the order they are explained in.</summary>
    public string ToYaml(IEnumerable<string> sources)
    {
        var yaml = new StringBuilder();
        yaml.Append(CultureInfo.InvariantCulture, $"# Imported from {string.Join(" and ", sources.Select(OneLine))}.\n");
        yaml.Append("# 'lora config explain' tells what each key means; behind a value stands the key it comes from.\n");
        var order = TrainingKeys.All.Select((k, i) => (k.Name, i)).ToDictionary(k => k.Name, k => k.i, StringComparer.Ordinal);
        foreach (var (_, line) in _lines.OrderBy(l => order[l.Key]))
        {
            yaml.Append(line).Append('\n');
        }

        Append("Not as in the other tool:", Warnings);
        Append("Not taken over, because it changes nothing here:", _withoutEffect);
        return yaml.ToString();

        void Append(string title, List<string> lines)
        {
            if (lines.Count > 0)
            {
                yaml.Append("\n# ").Append(title).Append('\n');
                lines.ForEach(l => yaml.Append("#   ").Append(OneLine(l)).Append('\n'));
            }
        }
    }

    /// <summary>What the training would say against the value; null when nothing.</summary>
    private string? Check(string key, string text)
    {
        var problems = new Problems();
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        var value = new ConfigurationValue(key, stream.Documents[0].RootNode, Path.Combine(folder, "import.yaml"), problems);
        TrainingKeys.All.Single(k => k.Name == key).Apply(new TrainingConfiguration(), value);
        return problems.Lines is [var problem, ..] ? problem[(problem.IndexOf($"{key}: ", StringComparison.Ordinal) + key.Length + 2)..] : null;
    }

    private static string Show(object value) => value switch
    {
        bool flag => flag ? "true" : "false",
        "none" or "constant" or "cosine" or "linear" or "fp16" or "bf16" or "fp32" => (string)value,
        TrainingSize size => size.InYaml,
        string text => JsonSerializer.Serialize(text, s_quoted),
        IEnumerable<string> texts => $"[{string.Join(", ", texts.Select(t => JsonSerializer.Serialize(t, s_quoted)))}]",
        double number => number.ToString("R", CultureInfo.InvariantCulture).ToLowerInvariant(),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => throw new ArgumentOutOfRangeException(nameof(value), value, "No value of a training YAML."),
    };

    private static string OneLine(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
}
