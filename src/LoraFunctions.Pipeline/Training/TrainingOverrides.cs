using System.Globalization;
using System.Text;
using System.Text.Json;
using LoraFunctions.Pipeline.Api;

namespace LoraFunctions.Pipeline.Training;

/// <summary>What a person sets for one training, of the keys in <see cref="TrainingRanges"/>.</summary>
internal static class TrainingOverrides
{
    private const string Field = "overrides";

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
            if (!TrainingRanges.ByKey.TryGetValue(name, out var range))
            {
                var known = TrainingRanges.ByKey.Keys;
                body.Error($"{Field}.{name}", $"it cannot be set here.{NearestName.Hint(name, known)} Known are: {string.Join(", ", known)}.");
            }
            else if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && range.Allows(number))
            {
                yaml[name] = number.ToString("R", CultureInfo.InvariantCulture);
            }
            else
            {
                body.Error($"{Field}.{name}", $"it must be a {(range.IsWhole ? "whole number from" : "number of")} {range}.");
            }
        }

        return Encoding.UTF8.GetBytes(string.Concat(yaml.Select(line => $"{line.Key}: {line.Value}\n")));
    }
}
