namespace LoraFunctions.Diffusion.Training;

/// <summary>What a checkpoint says about one model beside its tensors.</summary>
internal sealed record ModelProgress
{
    public required string Name { get; init; }

    /// <summary>The options as JSON: a checkpoint is only resumed with the same, or with <see cref="MoreEpochs"/>.</summary>
    public required string Options { get; init; }

    /// <summary>The run's; a checkpoint is only resumed with the same.</summary>
    public required IReadOnlyDictionary<string, string> Inputs { get; init; }

    /// <summary>Digest of the pictures trained on and held out.</summary>
    public required string Pictures { get; init; }

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

    /// <summary>The validation with the smallest loss, the first of equal ones; null before any.</summary>
    public TrainingValidation? Best() => Validations.MinBy(v => v.Loss);
}
