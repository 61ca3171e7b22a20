using System.Globalization;
using System.Text;
using System.Text.Json;
using LoraFunctions.Pipeline.Api;

namespace LoraFunctions.Pipeline.Training;

/// <summary>
/// Keys of the training's YAML that a person may set for one training: numbers whose meaning needs no other file. Their ranges are those of the
/// YAML's own reader, which has the last word.
/// </summary>
internal static class TrainingOverrides
{
    private const string Field = "overrides";

    /// <summary>By key: what is too little, the most, and whether it is a whole number.</summary>
    public static IReadOnlyDictionary<string, (double MoreThan, double Most, bool IsWhole)> Keys { get; } = new Dictionary<string, (double, double, bool)>
    {
        ["lora_rank"] = (0, 320, true),
        ["lora_alpha"] = (0, 1024, false),
        ["learning_rate"] = (0, 1, false),
        ["batch_size"] = (0, 256, true),
        ["epochs"] = (0, 1000, true),
        ["repeats"] = (0, 1000, true),
    };

    /// <summary>The YAML; empty where nothing is set. What is wrong goes to the body's errors.</summary>
    public static byte[] Read(ApiBody body)
    {
        if (body.Raw(Field) is not { } given)
        {
            return [];
        }

        if (given.ValueKind != JsonValueKind.Object)
        {
            body.Error(Field, """it must be an object such as {"epochs": 10}.""");
            return [];
        }

        var yaml = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in given.EnumerateObject().Select(p => (p.Name, p.Value)))
        {
            if (!Keys.TryGetValue(name, out var range))
            {
                body.Error($"{Field}.{name}", $"it cannot be set here.{NearestName.Hint(name, Keys.Keys)} Known are: {string.Join(", ", Keys.Keys)}.");
            }
            else if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number > range.MoreThan && number <= range.Most && (!range.IsWhole || number % 1 == 0))
            {
                yaml[name] = number.ToString("R", CultureInfo.InvariantCulture);
            }
            else
            {
                body.Error($"{Field}.{name}", string.Create(CultureInfo.InvariantCulture, $"it must be a {(range.IsWhole ? "whole " : "")}number of more than {range.MoreThan}, up to {range.Most}."));
            }
        }

        return Encoding.UTF8.GetBytes(string.Concat(yaml.Select(line => $"{line.Key}: {line.Value}\n")));
    }
}
