using System.Globalization;
using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace LoraFunctions.Jobs.Kohya;

/// <summary>
/// The settings of one or several TOML files in one list, as sd-scripts reads them: sections are only there for people. In a data set file
/// ([general], [[datasets]], [[datasets.subsets]]) the inner value holds. Which names were asked for is remembered, so that the others can be told apart afterwards.
/// </summary>
internal sealed class KohyaSettings
{
    /// <summary>Such a file is a page long; more is some other file.</summary>
    private const long MaxBytes = 1024 * 1024;

    /// <summary>A file of another kind has faults everywhere.</summary>
    private const int MostFaults = 5;

    private const string Datasets = "datasets";
    private const string Subsets = "datasets.subsets";

    private readonly Dictionary<string, KohyaSetting> _settings = new(StringComparer.Ordinal);
    private readonly List<string> _files = [];
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    /// <summary>What was left aside while reading, for a person.</summary>
    public List<string> Warnings { get; } = [];

    /// <summary>In the order of the files.</summary>
    public IReadOnlyList<KohyaSetting> All => [.. _settings.Values.OrderBy(s => _files.IndexOf(s.Place.File)).ThenBy(s => s.Place.Line)];

    /// <summary>Every name anybody has asked for, set or not: the keys that are understood.</summary>
    public IReadOnlySet<string> Asked => _asked;

    /// <summary>Later files go before earlier ones.</summary>
    /// <exception cref="InvalidJobInputException">A file cannot be read or is no TOML; all of them, with lines.</exception>
    public static KohyaSettings Read(IReadOnlyList<string> files)
    {
        var settings = new KohyaSettings();
        var problems = new Problems();
        foreach (var file in files)
        {
            settings.Read(file, problems);
        }

        problems.ThrowIfAny();
        return settings;
    }

    /// <summary>The first of these names that is set.</summary>
    public KohyaSetting? Take(params ReadOnlySpan<string> names)
    {
        KohyaSetting? found = null;
        foreach (var name in names)
        {
            _asked.Add(name);
            found ??= _settings.GetValueOrDefault(name);
        }

        return found;
    }

    /// <summary>The same; an empty text is none.</summary>
    public KohyaSetting? TakeText(params ReadOnlySpan<string> names) => Take(names) is { } setting && !string.IsNullOrWhiteSpace(setting.Text) ? setting : null;

    private void Read(string file, Problems problems)
    {
        string text;
        try
        {
            if (new FileInfo(file) is { Exists: true, Length: > MaxBytes } info)
            {
                problems.Add($"{file}: {info.Length} bytes are too many for a configuration; the limit is {MaxBytes}.");
                return;
            }

            text = TextFile.Read(file);
        }
        catch (InvalidDataException exception)
        {
            problems.Add(exception.Message);
            return;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            problems.Add(File.Exists(file) ? $"{file}: cannot be read: {exception.Message}" : $"{file}: there is no such file (looked for {Path.GetFullPath(file)}).");
            return;
        }

        if (text.AsSpan().TrimStart() is ['{', ..])
        {
            problems.Add(
                $"{file}: is JSON, such as a preset of kohya's GUI; this reads TOML. Load the preset in the GUI and let it print the training "
                    + "command: it writes config_lora-....toml into the output folder.");
            return;
        }

        var document = SyntaxParser.Parse(text, file);
        var faults = document.Diagnostics.Where(d => d.Kind == DiagnosticMessageKind.Error).ToArray();
        string[] lines = [.. faults.Select(f => $"{file}:{f.Span.Start.Line + 1}: not valid TOML: {(IsOfABackslash(f.Message) ? TextFile.BackslashAdvice : f.Message)}").Distinct(StringComparer.Ordinal)];
        lines.Take(MostFaults).ToList().ForEach(problems.Add);
        if (lines.Length > MostFaults)
        {
            problems.Add($"{file}: and {lines.Length - MostFaults} more; is it a TOML at all?");
        }

        if (!document.HasErrors)
        {
            _files.Add(file);
            Add(file, document);
        }
    }

    private static bool IsOfABackslash(string fault) =>
        fault.Contains("escape", StringComparison.OrdinalIgnoreCase) || fault.Contains("unicode", StringComparison.OrdinalIgnoreCase);

    private void Add(string file, DocumentSyntax document)
    {
        Add(file, document.KeyValues);
        var tables = document.Tables.Select(t => (Name: NameOf(t.Name!), Table: t)).ToArray();
        foreach (var (_, table) in tables.Where(t => t.Name is not (Datasets or Subsets)))
        {
            Add(file, table.Items);
        }

        var (dataset, taken) = (0, false);
        foreach (var (name, table) in tables.Where(t => t.Name is Datasets or Subsets))
        {
            dataset += name == Datasets ? 1 : 0;
            var isReady = dataset <= 1 && !(name == Subsets && (taken || Has(table, "is_reg", true)));
            if (isReady)
            {
                Add(file, table.Items);
                taken |= name == Subsets;
            }
            else
            {
                var what = Has(table, "is_reg", true) ? "one for regularisation" : "another one; import it by itself";
                Warnings.Add($"{file}:{table.Span.Start.Line + 1}: [[{name}]] is left out: one YAML trains one folder of photos of one car model, and this is {what}.");
            }
        }
    }

    private void Add(string file, SyntaxList<KeyValueSyntax> pairs)
    {
        foreach (var pair in pairs)
        {
            var key = NameOf(pair.Key!);
            _settings[key] = new KohyaSetting(key, ValueOf(pair.Value!), new YamlPlace(file, pair.Span.Start.Line + 1));
        }
    }

    private static bool Has(TableSyntaxBase table, string key, object value) => table.Items.Any(p => NameOf(p.Key!) == key && value.Equals(ValueOf(p.Value!)));

    private static string NameOf(KeySyntax key) => key.ToString().Trim().Replace("\"", "", StringComparison.Ordinal);

    private static object ValueOf(ValueSyntax value) => value switch
    {
        StringValueSyntax text => text.Value ?? "",
        BooleanValueSyntax flag => flag.Value,
        IntegerValueSyntax number => number.Value,
        FloatValueSyntax number => number.Value,
        ArraySyntax array => array.Items.Select(i => ValueOf(i.Value!)).ToArray(),
        _ => value.ToString().Trim(),
    };
}

/// <summary>One <c>key = value</c> of a TOML and where it stands.</summary>
/// <param name="Value">A text, bool, long, double, or a list of them.</param>
internal sealed record KohyaSetting(string Key, object Value, YamlPlace Place)
{
    /// <summary>As it may stand in a comment: one line, not too long.</summary>
    public override string ToString()
    {
        const int longest = 80;
        var shown = string.Concat(Show(Value).Select(c => char.IsControl(c) ? ' ' : c));
        return $"{Key} = {(shown.Length > longest ? shown[..longest] + "..." : shown)}";
    }

    /// <summary>Off, empty or nothing: what a tool writes for a switch nobody touched.</summary>
    public bool IsOff => Value switch
    {
        bool flag => !flag,
        string text => text.Trim() is "" or "0" or "none" or "None",
        IReadOnlyList<object> items => items.Count == 0,
        long number => number == 0,
        double number => number == 0,
        _ => false,
    };

    public string Text => Value is IReadOnlyList<object> items ? string.Join(", ", items.Select(Plain)) : Plain(Value);

    /// <summary>Tools write numbers as texts too ("1e-4").</summary>
    public double? Number => Value switch
    {
        long number => number,
        double number => number,
        string text when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => number,
        _ => null,
    };

    public bool? Flag => Value switch
    {
        bool flag => flag,
        string text when bool.TryParse(text, out var flag) => flag,
        _ => null,
    };

    /// <summary>A list, or one text as a list; empty texts are left out.</summary>
    public IReadOnlyList<string> Items =>
        [.. (Value is IReadOnlyList<object> items ? items : [Value]).Select(Plain).Where(i => !string.IsNullOrWhiteSpace(i))];

    private static string Plain(object value) => value switch
    {
        bool flag => flag ? "true" : "false",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    private static string Show(object value) => value switch
    {
        string text => $"\"{text}\"",
        IReadOnlyList<object> items => $"[{string.Join(", ", items.Select(Show))}]",
        _ => Plain(value),
    };
}
