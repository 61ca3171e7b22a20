using System.Globalization;
using LoraFunctions.Jobs.Training.Data;
using YamlDotNet.RepresentationModel;

namespace LoraFunctions.Jobs.Training.Configuration;

/// <summary>The value of one key where it stands; every reader returns null after saying what is wrong.</summary>
internal sealed class ConfigurationValue(string key, YamlNode node, string file, Problems problems, bool isRequired = false)
{
    /// <summary>How YAML switches a number off.</summary>
    public const string None = "none";

    public bool IsNone =>
        node is YamlScalarNode { Value: { } text } && string.Equals(text.Trim(), None, StringComparison.OrdinalIgnoreCase);

    public YamlPlace Place => YamlFile.PlaceOf(file, node);

    public void Wrong(string problem) => problems.Add(Place, key, problem);

    public string? Text(string expected)
    {
        if (node is not YamlScalarNode scalar)
        {
            Wrong($"{(node is YamlSequenceNode ? "a list" : "a mapping")} stands where one value is expected; give {expected}.");
            return null;
        }

        if (
            string.IsNullOrWhiteSpace(scalar.Value)
            || (scalar.Value is "~" or "null" && scalar.Style == YamlDotNet.Core.ScalarStyle.Plain))
        {
            Wrong($"is empty; give {expected}{(isRequired ? "" : ", or remove the line")}.");
            return null;
        }

        return scalar.Value.Trim();
    }

    public long? Whole(long minimum, long maximum, string expected)
    {
        if (Text(expected) is not { } text)
        {
            return null;
        }

        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value))
        {
            Wrong($"'{text}' is not a whole number; give {expected}.");
            return null;
        }

        if (value < minimum || value > maximum)
        {
            Wrong($"{text} is out of range; give {expected}.");
            return null;
        }

        return value;
    }

    /// <summary>A square's side, in steps the buckets have; or width x height, in steps of the VAE.</summary>
    public TrainingSize? Size(long minimum, long maximum, string expected)
    {
        if (Text(expected) is not { } text)
        {
            return null;
        }

        var sides = new List<int>();
        var parts = text.Split('x', 'X');
        var step = parts.Length == 1 ? 64 : 8;
        foreach (var part in parts)
        {
            if (!int.TryParse(part.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var side) || parts.Length > 2)
            {
                Wrong($"'{text}' is no size; give {expected}.");
                return null;
            }

            if (side < minimum || side > maximum)
            {
                Wrong($"{text} is out of range; give {expected}.");
                return null;
            }

            if (side % step != 0)
            {
                Wrong($"{side} is not a multiple of {step}; {side / step * step} and {((side / step) + 1) * step} are.");
                return null;
            }

            sides.Add(side);
        }

        return new TrainingSize(sides[0], sides[^1]);
    }

    public double? Number(Predicate<double> isAllowed, string expected)
    {
        if (Text(expected) is not { } text)
        {
            return null;
        }

        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) || !double.IsFinite(value))
        {
            Wrong($"'{text}' is not a number; give {expected}.");
            return null;
        }

        if (!isAllowed(value))
        {
            Wrong($"{text} is out of range; give {expected}.");
            return null;
        }

        return value;
    }

    public bool? Flag()
    {
        var text = Text("true or false");
        switch (text?.ToLowerInvariant())
        {
            case null:
                return null;
            case "true":
                return true;
            case "false":
                return false;
            default:
                Wrong($"'{text}' is neither true nor false.");
                return null;
        }
    }

    public string? Choice(IReadOnlyList<string> choices)
    {
        var expected = string.Join(", ", choices);
        if (Text("one of " + expected) is not { } text)
        {
            return null;
        }

        var choice = choices.FirstOrDefault(c => string.Equals(c, text, StringComparison.OrdinalIgnoreCase));
        if (choice is null)
        {
            Wrong($"'{text}' is not known; give one of {expected}.{NearestName.Hint(text, choices)}");
        }

        return choice;
    }

    /// <summary>A list, or one text with commas.</summary>
    public IReadOnlyList<string>? Words(string expected) =>
        node is YamlSequenceNode
            ? Texts(expected)
            : Text(expected)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>A list, or one text as it stands.</summary>
    public IReadOnlyList<string>? Texts(string expected)
    {
        if (node is not YamlSequenceNode sequence)
        {
            return Text(expected) is { } one ? [one] : null;
        }

        var words = new List<string>();
        foreach (var child in sequence.Children)
        {
            if (child is YamlScalarNode { Value: { } word } && !string.IsNullOrWhiteSpace(word))
            {
                words.Add(word.Trim());
            }
            else
            {
                problems.Add(YamlFile.PlaceOf(file, child), key, $"an entry is no text; give {expected}.");
                return null;
            }
        }

        return words;
    }

    /// <summary>Absolute; relative ones start at the folder of the YAML they stand in.</summary>
    public string? FilePath(string expected)
    {
        if (Text(expected) is not { } text)
        {
            return null;
        }

        if (UserPath.Problem(text) is { } problem)
        {
            Wrong($"'{UserPath.Shown(text)}' {problem}.");
            return null;
        }

        return Path.GetFullPath(UserPath.Expand(text), Path.GetDirectoryName(Path.GetFullPath(file))!);
    }
}
