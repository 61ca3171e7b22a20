using System.Text.Json;
using System.Text.Json.Serialization;

namespace LoraFunctions.Diffusion.Training;

/// <summary>The JSON part of a checkpoint.</summary>
internal sealed record TrainingState(long Step, IReadOnlyList<ModelProgress> Models)
{
    private static readonly JsonSerializerOptions s_json = new() { Converters = { new JsonStringEnumConverter() } };

    public string ToJson() => JsonSerializer.Serialize(this, s_json);

    public static TrainingState Parse(string json) => JsonSerializer.Deserialize<TrainingState>(json, s_json)!;

    /// <summary>What of the options decides the result.</summary>
    public static string OptionsJson(LoraTrainingOptions options) =>
        JsonSerializer.Serialize(options with { SaveSteps = LoraTrainingOptions.DefaultSaveSteps, GradientCheckpointing = false }, s_json);

    /// <exception cref="TrainingCheckpointException">The state is of other models, options or inputs.</exception>
    public void CheckBelongsTo(IReadOnlyList<ModelProgress> fresh, string folder)
    {
        var problems = new List<string>();
        if (!Models.Select(m => m.Name).SequenceEqual(fresh.Select(m => m.Name), StringComparer.Ordinal))
        {
            problems.Add($"it trains {string.Join(", ", Models.Select(m => m.Name))}, not {string.Join(", ", fresh.Select(m => m.Name))}");
        }
        else
        {
            problems.AddRange(Models.Zip(fresh).SelectMany(p => Differences(p.First, p.Second)));
        }

        if (problems.Count > 0)
        {
            throw new TrainingCheckpointException(
                $"The checkpoint in {folder} belongs to another training: {string.Join("; ", problems)}. "
                + "Go on with what it was made with, or move that folder away to begin anew.");
        }
    }

    private static IEnumerable<string> Differences(ModelProgress saved, ModelProgress fresh)
    {
        if (saved.Inputs != fresh.Inputs)
        {
            yield return $"{saved.Name} was trained on other pictures, captions, sizes, repeats or held-out pictures, or on another base model";
        }

        using var was = JsonDocument.Parse(saved.Options);
        using var wanted = JsonDocument.Parse(fresh.Options);
        foreach (var property in wanted.RootElement.EnumerateObject())
        {
            var before = was.RootElement.TryGetProperty(property.Name, out var value) ? value.GetRawText() : "absent";
            if (before != property.Value.GetRawText())
            {
                yield return $"{saved.Name}: {property.Name} was {before}, now it is {property.Value.GetRawText()}";
            }
        }
    }
}
