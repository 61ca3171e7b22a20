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

    /// <summary>A LoRA whose weights the training begins with; empty: none.</summary>
    public string StartFrom { get; init; } = "";

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

/// <summary>What holds where a YAML says nothing, beside the defaults of <see cref="Diffusion.Training.LoraTrainingOptions"/>.</summary>
public static class TrainingDefaults
{
    /// <summary>"Usually twice the rank".</summary>
    public const double AlphaPerRank = 2;

    /// <summary>Stable Diffusion 1.5's own.</summary>
    public const int Resolution = 512;

    public const int BucketStep = 64;
    public const int Repeats = 1;

    /// <summary>5 of 50 photos: without a number measured on them nobody knows when to stop.</summary>
    public const double ValidationShare = 0.1;

    /// <summary>"Every 5 epochs, 5 test images are sampled."</summary>
    public const int SampleEveryEpochs = 5;

    public const int SampleCount = 5;
    public const int SampleSteps = 20;
}
