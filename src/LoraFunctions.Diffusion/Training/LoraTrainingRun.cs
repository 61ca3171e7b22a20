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

    /// <summary>Digest of data set and base model: a checkpoint made from other inputs is not resumed.</summary>
    public string InputDigest { get; init; } = "";
}
