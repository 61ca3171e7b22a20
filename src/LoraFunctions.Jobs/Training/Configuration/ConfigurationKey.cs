using System.Globalization;
using LoraFunctions.Jobs.Training.Data;

namespace LoraFunctions.Jobs.Training.Configuration;

/// <summary>The kinds of values a key can have: each reads, checks and describes itself.</summary>
internal static class KeyKinds
{
    public static ConfigurationKey FilePath(
        string name,
        string @default,
        string range,
        string meaning,
        Func<TrainingConfiguration, string, TrainingConfiguration> set,
        bool required = false) => new(name, @default, range, meaning, (c, v) => v.FilePath(range) is { } path ? set(c, path) : c, required);

    public static ConfigurationKey Whole(
        string name,
        long @default,
        long minimum,
        long maximum,
        string meaning,
        Func<TrainingConfiguration, long, TrainingConfiguration> set) => Whole(name, Text(@default), minimum, maximum, meaning, set);

    public static ConfigurationKey Whole(
        string name, long @default, NumberRange range, string meaning, Func<TrainingConfiguration, long, TrainingConfiguration> set) =>
        Whole(name, Text(@default), range, meaning, set);

    public static ConfigurationKey Whole(
        string name, string @default, NumberRange range, string meaning, Func<TrainingConfiguration, long, TrainingConfiguration> set) =>
        Whole(name, @default, (long)range.MoreThan + 1, (long)range.Most, meaning, set);

    public static ConfigurationKey Number(
        string name, string @default, NumberRange range, string meaning, Func<TrainingConfiguration, double, TrainingConfiguration> set) =>
        Number(name, @default, range.ToString(), range.Allows, meaning, set);

    public static ConfigurationKey Whole(
        string name,
        string @default,
        long minimum,
        long maximum,
        string meaning,
        Func<TrainingConfiguration, long, TrainingConfiguration> set)
    {
        var range = $"{minimum} to {maximum}";
        return new(name, @default, range, meaning, (c, v) => v.Whole(minimum, maximum, range) is { } whole ? set(c, whole) : c);
    }

    /// <summary>A square's side, or width x height.</summary>
    public static ConfigurationKey Size(
        string name,
        long @default,
        string meaning,
        Func<TrainingConfiguration, TrainingSize, TrainingConfiguration> set)
    {
        const string Range = "64 to 2048, a multiple of 64; or as 192x144, multiples of 8";
        return new(name, Text(@default), Range, meaning, (c, v) => v.Size(64, 2048, Range) is { } size ? set(c, size) : c);
    }

    public static ConfigurationKey Number(
        string name,
        string @default,
        string range,
        Predicate<double> isAllowed,
        string meaning,
        Func<TrainingConfiguration, double, TrainingConfiguration> set) =>
        new(name, @default, range, meaning, (c, v) => v.Number(isAllowed, range) is { } number ? set(c, number) : c);

    public static ConfigurationKey OptionalNumber(
        string name,
        double? @default,
        string range,
        Predicate<double> isAllowed,
        string meaning,
        Func<TrainingConfiguration, double?, TrainingConfiguration> set) =>
        new(
            name,
            @default is { } number ? Text(number) : ConfigurationValue.None,
            range,
            meaning,
            (c, v) =>
                v.IsNone ? set(c, null)
                : v.Number(isAllowed, range) is { } value ? set(c, value)
                : c);

    public static ConfigurationKey Choices(
        string name,
        string @default,
        IReadOnlyCollection<string> choices,
        string meaning,
        Func<TrainingConfiguration, IReadOnlyList<string>, TrainingConfiguration> set)
    {
        var range = "some of " + string.Join(", ", choices);
        return new(name, @default, range, meaning, Apply);

        TrainingConfiguration Apply(TrainingConfiguration configuration, ConfigurationValue value)
        {
            if (value.Words(range) is not { Count: > 0 } words)
            {
                return configuration;
            }

            var unknown = words.Where(w => !choices.Contains(w, StringComparer.Ordinal)).ToArray();
            foreach (var word in unknown)
            {
                value.Wrong($"'{word}' is not known; give {range}.{NearestName.Hint(word, choices)}");
            }

            return unknown.Length > 0 ? configuration : set(configuration, words);
        }
    }

    public static ConfigurationKey Flag(
        string name,
        bool @default,
        string meaning,
        Func<TrainingConfiguration, bool, TrainingConfiguration> set) =>
        new(name, Text(@default), "true or false", meaning, (c, v) => v.Flag() is { } flag ? set(c, flag) : c);

    public static ConfigurationKey Choice(
        string name,
        string @default,
        IReadOnlyList<string> choices,
        string meaning,
        Func<TrainingConfiguration, string, TrainingConfiguration> set) =>
        new(name, @default, string.Join(", ", choices), meaning, (c, v) => v.Choice(choices) is { } choice ? set(c, choice) : c);

    public static ConfigurationKey Words(
        string name,
        string meaning,
        Func<TrainingConfiguration, IReadOnlyList<string>, TrainingConfiguration> set) =>
        new(
            name,
            "none",
            "a list, or words with commas between",
            char.ToUpperInvariant(meaning[0]) + meaning[1..] + ".",
            (c, v) => v.Words(meaning) is { } words ? set(c, words) : c);

    public static ConfigurationKey Prompts(
        string name,
        string @default,
        Func<TrainingConfiguration, IReadOnlyList<string>, TrainingConfiguration> set) =>
        new(
            name,
            @default,
            "a list",
            "What sample pictures show, one prompt after the other; the LoRA is added.",
            (c, v) => v.Texts("a list of prompts, one a line") is { } prompts ? set(c, prompts) : c);

    public static string Text(bool value) => value ? "true" : "false";

    public static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
}

/// <summary>One key of the training YAML: the same row parses it, checks it and explains it.</summary>
public sealed class ConfigurationKey
{
    private readonly Func<TrainingConfiguration, ConfigurationValue, TrainingConfiguration> _apply;

    internal ConfigurationKey(
        string name,
        string @default,
        string range,
        string meaning,
        Func<TrainingConfiguration, ConfigurationValue, TrainingConfiguration> apply,
        bool required = false)
    {
        Name = name;
        Default = @default;
        Range = range;
        Meaning = meaning;
        Required = required;
        _apply = apply;
    }

    public string Name { get; }

    /// <summary>For a person: the value that holds when the key is absent, or <c>required</c>.</summary>
    public string Default { get; }

    /// <summary>For a person: which values are taken.</summary>
    public string Range { get; }

    public string Meaning { get; }

    public bool Required { get; }

    /// <summary>The configuration with this key's value; unchanged when the value is wrong, which its problems then say.</summary>
    internal TrainingConfiguration Apply(TrainingConfiguration configuration, ConfigurationValue value) => _apply(configuration, value);
}
