using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace LoraFunctions.Diffusion.Training;

/// <summary>The JSON part of a checkpoint.</summary>
internal sealed record TrainingState(long Step, IReadOnlyList<ModelProgress> Models)
{
    private static readonly JsonSerializerOptions s_json = new() { Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) } };

    public string ToJson() => JsonSerializer.Serialize(this, s_json);

    public static TrainingState Parse(string json) => JsonSerializer.Deserialize<TrainingState>(json, s_json)!;

    /// <summary>What of the options decides the result.</summary>
    public static string OptionsJson(LoraTrainingOptions options) =>
        JsonSerializer.Serialize(options with { SaveSteps = LoraTrainingOptions.DefaultSaveSteps, GradientCheckpointing = false }, s_json);

    public static string PicturesDigest(LoraTrainingRun run)
    {
        var text = new StringBuilder();
        foreach (var (kind, e) in run.Examples.Select(e => ("trained", e)).Concat(run.HeldOut.Select(e => ("held out", e))))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{kind}\t{e.Name}\t{e.Caption}\t{e.Latents.Size}\t{e.Repeats}\t{e.Mirrored is not null}");
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    /// <summary>Of a run without examples, which are not known yet, only the rest is compared.</summary>
    /// <exception cref="TrainingCheckpointException">The state is of other models, options or inputs.</exception>
    public void CheckBelongsTo(IReadOnlyList<LoraTrainingRun> runs, string folder)
    {
        var problems = new List<string>();
        if (!Models.Select(m => m.Name).SequenceEqual(runs.Select(r => r.Name), StringComparer.Ordinal))
        {
            problems.Add($"it trains {string.Join(", ", Models.Select(m => m.Name))}, not {string.Join(", ", runs.Select(r => r.Name))}");
        }
        else
        {
            problems.AddRange(Models.Zip(runs).SelectMany(p => Differences(p.First, p.Second).Select(d => $"{p.First.Name}: {d}")));
        }

        if (problems.Count > 0)
        {
            throw new TrainingCheckpointException(
                $"The checkpoint in {folder} belongs to another training: {string.Join("; ", problems)}. "
                + "Go on with what it was made with, or move that folder away to begin anew.");
        }
    }

    private IEnumerable<string> Differences(ModelProgress saved, LoraTrainingRun run)
    {
        foreach (var (name, value) in run.Inputs.Where(i => saved.Inputs.GetValueOrDefault(i.Key) != i.Value))
        {
            yield return $"{name} was {saved.Inputs.GetValueOrDefault(name, "absent")}, now it is {value}";
        }

        if (run.Examples.Count > 0 && saved.Pictures != PicturesDigest(run))
        {
            yield return "it was trained on other pictures, captions, sizes, repeats or held-out pictures";
        }

        using var was = JsonDocument.Parse(saved.Options);
        using var wanted = JsonDocument.Parse(OptionsJson(run.Options));
        foreach (var (option, before, now) in Changed("", was.RootElement, wanted.RootElement))
        {
            var reason = "";
            if (option == nameof(LoraTrainingOptions.Epochs) && JsonSerializer.Deserialize<LoraTrainingOptions>(saved.Options, s_json)! is var made && run.Options.Epochs > made.Epochs)
            {
                if (MoreEpochs.Obstacle(saved, Step, made, run) is not { } obstacle)
                {
                    continue;
                }

                reason = $" (to go on with more is not what training with them from the start would be: {obstacle})";
            }

            yield return $"{run.OptionNames.GetValueOrDefault(option, option)} was {Text(before)}, now it is {Text(now)}{reason}";
        }
    }

    private static IEnumerable<(string Option, JsonElement Before, JsonElement Now)> Changed(string prefix, JsonElement was, JsonElement wanted)
    {
        foreach (var property in wanted.EnumerateObject())
        {
            var (name, now) = (prefix + property.Name, property.Value);
            var isKnown = was.TryGetProperty(property.Name, out var before);
            if (before.ValueKind == JsonValueKind.Object && now.ValueKind == JsonValueKind.Object)
            {
                foreach (var change in Changed(name + ".", before, now))
                {
                    yield return change;
                }
            }
            else if (!isKnown || before.GetRawText() != now.GetRawText())
            {
                yield return (name, before, now);
            }
        }
    }

    private static string Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Undefined => "absent",
        JsonValueKind.Null => "none",
        JsonValueKind.String => value.GetString()!,
        _ => value.GetRawText(),
    };
}
