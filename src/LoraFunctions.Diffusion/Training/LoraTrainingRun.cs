namespace LoraFunctions.Diffusion.Training;

/// <summary>One model to train. Everything stays the caller's.</summary>
public sealed record LoraTrainingRun
{
    /// <summary>Unique among the runs trained together.</summary>
    public required string Name { get; init; }

    public required LoraTrainingOptions Options { get; init; }

    public required IReadOnlyList<TrainingExample> Examples { get; init; }

    /// <summary>Held-out pictures; empty: no validation.</summary>
    public IReadOnlyList<TrainingExample> HeldOut { get; init; } = [];

    /// <summary>
    /// What else decides the result, such as the base model's digest, by what a person calls it: a checkpoint made from others is not resumed.
    /// </summary>
    public IReadOnlyDictionary<string, string> Inputs { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>What a person calls the options, where it is not <c>Rank</c> or <c>Validation.StopEarly</c>; for messages.</summary>
    public IReadOnlyDictionary<string, string> OptionNames { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);
}
