using LoraFunctions.Diffusion.Training;
using LoraFunctions.Jobs.Training.Data;
using static TorchSharp.torch;

namespace LoraFunctions.Jobs.Training.Configuration;

/// <summary>
/// One car model's training, as read from YAML; <see cref="TrainingKeys"/> says what every value means. Paths are absolute.
/// </summary>
public sealed record TrainingConfiguration
{
    public string TrainDataDir { get; init; } = "";

    public string MetadataPath { get; init; } = "";

    public string BaseModel { get; init; } = "";

    public string OutputDir { get; init; } = "";

    /// <summary>The area of the buckets; without them the size itself.</summary>
    public TrainingSize Resolution { get; init; } = new(TrainingDefaults.Resolution, TrainingDefaults.Resolution);

    public bool Buckets { get; init; } = true;

    public int BucketStep { get; init; } = TrainingDefaults.BucketStep;

    public bool Flip { get; init; }

    public int Repeats { get; init; } = TrainingDefaults.Repeats;

    public IReadOnlyList<string> TriggerWords { get; init; } = [];

    public double ValidationShare { get; init; } = TrainingDefaults.ValidationShare;

    /// <summary>0: no samples.</summary>
    public int SampleEveryEpochs { get; init; } = TrainingDefaults.SampleEveryEpochs;

    public int SampleCount { get; init; } = TrainingDefaults.SampleCount;

    public int SampleSteps { get; init; } = TrainingDefaults.SampleSteps;

    /// <summary>Empty: captions of the photos.</summary>
    public IReadOnlyList<string> SamplePrompts { get; init; } = [];

    /// <summary>Null: <see cref="TrainingDefaults.AlphaPerRank"/> times the rank.</summary>
    public double? LoraAlpha { get; init; }

    /// <summary>Of the base model on a GPU; null: bfloat16.</summary>
    public ScalarType? Precision { get; init; }

    /// <summary>What the trainer is told; its alpha stands in <see cref="LoraAlpha"/>.</summary>
    public LoraTrainingOptions Options { get; init; } = new();

    /// <summary>The options with the alpha that holds.</summary>
    public LoraTrainingOptions EffectiveOptions => Options with { Alpha = LoraAlpha ?? (Options.Rank * TrainingDefaults.AlphaPerRank) };

    internal TrainingConfiguration With(Func<LoraTrainingOptions, LoraTrainingOptions> change) => this with { Options = change(Options) };

    internal TrainingConfiguration WithValidation(Func<ValidationOptions, ValidationOptions> change) =>
        With(o => o with { Validation = change(o.Validation ?? new ValidationOptions()) });
}
