using System.Globalization;

namespace LoraFunctions.Jobs.Training.Import;

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
