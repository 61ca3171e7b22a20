using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using LoraFunctions.Diffusion.Lora;

namespace LoraFunctions.Diffusion.Training;

/// <summary>Where a training stands: the JSON part of a checkpoint.</summary>
internal sealed record TrainingState
{
    private static readonly JsonSerializerOptions s_json = new() { Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) } };

    public required string Name { get; init; }

    /// <summary>The options as JSON: a checkpoint is only resumed with the same, or with <see cref="MoreEpochs"/>.</summary>
    public required string Options { get; init; }

    /// <summary>The run's; a checkpoint is only resumed with the same.</summary>
    public required IReadOnlyDictionary<string, string> Inputs { get; init; }

    /// <summary>Digest of the pictures trained on and held out, as they are trained on.</summary>
    public required string Pictures { get; init; }

    /// <summary>The run's own digests of its pictures; a checkpoint is only resumed with the same.</summary>
    public IReadOnlyDictionary<string, string> PictureDigests { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Digest of the weights it began with; empty: of none. A checkpoint is only resumed with the same.</summary>
    public string Start { get; init; } = "";

    public TrainingOutcome Outcome { get; init; } = TrainingOutcome.Running;

    /// <summary>Optimizer steps taken.</summary>
    public long Steps { get; init; }

    /// <summary>A person's; null: as configured.</summary>
    public double? LearningRate { get; init; }

    public IReadOnlyList<TrainingValidation> Validations { get; init; } = [];

    public IReadOnlyList<TrainingDecision> Decisions { get; init; } = [];

    /// <summary>Of the epoch under way.</summary>
    public double EpochLossSum { get; init; }

    public int EpochLossCount { get; init; }

    public double LastEpochLoss { get; init; }

    [JsonIgnore]
    public bool IsRunning => Outcome == TrainingOutcome.Running;

    [JsonIgnore]
    public bool HasDiverged => Outcome == TrainingOutcome.Diverged;

    public static TrainingState New(LoraTrainingRun run) =>
        new() { Name = run.Name, Options = OptionsJson(run.Options), Inputs = run.Inputs, Pictures = PicturesDigest(run), PictureDigests = run.Pictures, Start = run.StartDigest };

    public static TrainingState Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        // Checkpoints written while several models could be trained in one pass hold a list; of a single model it is the same training.
        var state = document.RootElement.TryGetProperty("Models", out var models) ? models[0] : document.RootElement;
        return state.Deserialize<TrainingState>(s_json)!;
    }

    public string ToJson() => JsonSerializer.Serialize(this, s_json);

    /// <summary>The validation with the smallest loss, the first of equal ones; null before any.</summary>
    public TrainingValidation? Best() => Validations.MinBy(v => v.Loss);

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
    /// <exception cref="TrainingCheckpointException">The state is of another model, other options or inputs.</exception>
    public void CheckBelongsTo(LoraTrainingRun run, string folder)
    {
        string[] problems = Name == run.Name ? [.. Differences(run)] : [$"it trains {Name}, not {run.Name}"];
        if (problems.Length > 0)
        {
            throw new TrainingCheckpointException(
                $"The checkpoint in {folder} belongs to another training: {string.Join("; ", problems)}. "
                + "Go on with what it was made with, or move that folder away to begin anew.");
        }
    }

    private IEnumerable<string> Differences(LoraTrainingRun run)
    {
        foreach (var (name, value) in run.Inputs.Where(i => Inputs.GetValueOrDefault(i.Key) != i.Value))
        {
            yield return $"{name} was {Inputs.GetValueOrDefault(name, "absent")}, now it is {value}";
        }

        if (Start != run.StartDigest)
        {
            yield return $"it started from {Lora(Start)}, now it is {Lora(run.StartDigest)}";
        }

        var pictures = OtherPictures(run.Pictures).ToArray();
        foreach (var difference in pictures)
        {
            yield return difference;
        }

        if (pictures.Length == 0 && run.Examples.Count > 0 && Pictures != PicturesDigest(run))
        {
            yield return "it was trained on other pictures, captions, sizes, repeats or held-out pictures";
        }

        using var made = JsonDocument.Parse(Options);
        using var wanted = JsonDocument.Parse(OptionsJson(run.Options));
        foreach (var (option, before, after) in Changed("", made.RootElement, wanted.RootElement))
        {
            var reason = "";
            if (option == nameof(LoraTrainingOptions.Epochs) && JsonSerializer.Deserialize<LoraTrainingOptions>(Options, s_json)! is var fewer && run.Options.Epochs > fewer.Epochs)
            {
                if (MoreEpochs.Obstacle(this, fewer, run) is not { } obstacle)
                {
                    continue;
                }

                reason = $" (to go on with more is not what training with them from the start would be: {obstacle})";
            }

            yield return $"{run.OptionNames.GetValueOrDefault(option, option)} was {Text(before)}, now it is {Text(after)}{reason}";
        }
    }

    private static string Lora(string digest) => digest.Length == 0 ? "no LoRA" : $"the LoRA {digest}";

    private IEnumerable<string> OtherPictures(IReadOnlyDictionary<string, string> now)
    {
        var was = PictureDigests;
        (string What, IEnumerable<string> Names)[] changes = was.Count == 0 || now.Count == 0 ? [] :
        [
            ("new pictures", now.Keys.Where(n => !was.ContainsKey(n))),
            ("pictures that are gone", was.Keys.Where(n => !now.ContainsKey(n))),
            ("pictures that are others, or have other captions", now.Keys.Where(n => was.TryGetValue(n, out var digest) && digest != now[n])),
        ];
        return changes.Select(c => (c.What, Names: c.Names.Order(StringComparer.Ordinal).ToArray()))
            .Where(c => c.Names.Length > 0)
            .Select(c => $"{c.What}: {LoraException.Names(c.Names)}");
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

/// <summary>
/// Whether a training that is given more epochs than its checkpoint was made with can go on from there and come to what it would have come
/// to with them from the start, bit for bit.
/// </summary>
internal static class MoreEpochs
{
    /// <param name="before">The options the checkpoint was made with, the same as the run's but for fewer epochs.</param>
    /// <returns>Why not; null: it can.</returns>
    public static string? Obstacle(TrainingState saved, LoraTrainingOptions before, LoraTrainingRun run)
    {
        var isCompleted = saved.Outcome == TrainingOutcome.Completed;
        var batches = (long)TrainingSchedule.Of(run).BatchesPerEpoch * before.Epochs;
        return run.Options.Scheduler != LearningRateScheduler.Constant ? "its learning rate goes down over all epochs"
            : saved.Outcome == TrainingOutcome.StoppedEarly ? "it was stopped early"
            : saved.Outcome == TrainingOutcome.StoppedByPerson ? "a person stopped it"
            : saved.Outcome == TrainingOutcome.Diverged ? "a loss was not finite"
            : isCompleted && batches % run.Options.GradientAccumulation != 0 ? "its last step had fewer batches than the others"
            : isCompleted && saved.Validations.Count > 0 && before.Epochs % before.Validation!.EveryEpochs != 0 ? "its last validation was there only because it ended"
            : WouldHaveStopped(saved.Validations, run.Options) ? "it would have been stopped early, for the patience grows with the epochs"
            : null;
    }

    private static bool WouldHaveStopped(IReadOnlyList<TrainingValidation> validations, LoraTrainingOptions options) =>
        options.Validation is { } validation
        && Enumerable.Range(1, validations.Count).Any(n => EarlyStopping.Reason([.. validations.Take(n)], validation, options.Epochs) is not null);
}
