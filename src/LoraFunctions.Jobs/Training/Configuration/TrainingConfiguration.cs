namespace LoraFunctions.Jobs.Training.Configuration;

/// <summary>One car model's training, as read from YAML; <see cref="TrainingKeys"/> says what every value means. Paths are absolute.</summary>
public sealed record TrainingConfiguration
{
    public string TrainDataDir { get; init; } = "";

    public string MetadataPath { get; init; } = "";

    public string BaseModel { get; init; } = "";

    public string OutputDir { get; init; } = "";

    public int LoraRank { get; init; } = TrainingDefaults.LoraRank;

    /// <summary>Null: <see cref="TrainingDefaults.AlphaPerRank"/> times the rank.</summary>
    public double? LoraAlpha { get; init; }

    public double EffectiveAlpha => LoraAlpha ?? (LoraRank * TrainingDefaults.AlphaPerRank);

    public double LoraDropout { get; init; } = TrainingDefaults.LoraDropout;

    public double LearningRate { get; init; } = TrainingDefaults.LearningRate;

    public int BatchSize { get; init; } = TrainingDefaults.BatchSize;

    public int Epochs { get; init; } = TrainingDefaults.Epochs;

    public int SaveSteps { get; init; } = TrainingDefaults.SaveSteps;

    public int Resolution { get; init; } = TrainingDefaults.Resolution;

    public bool Buckets { get; init; } = true;

    public int BucketStep { get; init; } = TrainingDefaults.BucketStep;

    public int Repeats { get; init; } = TrainingDefaults.Repeats;

    public IReadOnlyList<string> TriggerWords { get; init; } = [];

    public long Seed { get; init; } = TrainingDefaults.Seed;
}
