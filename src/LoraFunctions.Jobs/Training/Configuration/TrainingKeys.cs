using System.Globalization;

namespace LoraFunctions.Jobs.Training.Configuration;

/// <summary>Every key of the training YAML, in the order they are explained in. The one place where a key is defined.</summary>
public static class TrainingKeys
{
    internal const string TrainDataDir = "train_data_dir";
    internal const string MetadataPath = "metadata_path";
    internal const string BaseModel = "base_model";
    internal const string OutputDir = "output_dir";

    public static IReadOnlyList<ConfigurationKey> All { get; } =
    [
        FilePath(TrainDataDir, "required", "a folder", "The photos of one car model: JPEG, PNG or WebP.", (c, v) => c with { TrainDataDir = v }, required: true),
        FilePath(MetadataPath, "metadata.csv in train_data_dir", "a file", "One row a photo: file name and caption in double quotes.", (c, v) => c with { MetadataPath = v }),
        FilePath(BaseModel, "required", "a file or a folder", "Stable Diffusion 1.5: one .safetensors in LDM layout, or a folder in diffusers layout.", (c, v) => c with { BaseModel = v }, required: true),
        FilePath(OutputDir, "required", "a folder", "Gets the LoRA, log, plot, manifest and checkpoints; made when missing.", (c, v) => c with { OutputDir = v }, required: true),

        Whole("lora_rank", TrainingDefaults.LoraRank, 1, 320, "Width of the low-rank update. 16 for clearly different models, 4 to 8 for face-lifts; 32 overfits, 1 underfits.", (c, v) => c with { LoraRank = (int)v }),
        Number("lora_alpha", "twice lora_rank", "more than 0, up to 1024", v => v is > 0 and <= 1024, "The update is scaled by alpha / rank.", (c, v) => c with { LoraAlpha = v }),
        Number("lora_dropout", Text(TrainingDefaults.LoraDropout), "0 to less than 1", v => v is >= 0 and < 1, "Share of the rank's values put to zero in a step, between down and up.", (c, v) => c with { LoraDropout = v }),
        Number("learning_rate", Text(TrainingDefaults.LearningRate), "more than 0, up to 1", v => v is > 0 and <= 1, "AdamW's step size.", (c, v) => c with { LearningRate = v }),
        Whole("batch_size", TrainingDefaults.BatchSize, 1, 256, "Photos in one forward pass; all of one bucket.", (c, v) => c with { BatchSize = (int)v }),
        Whole("epochs", TrainingDefaults.Epochs, 1, 100_000, "How often every photo is seen.", (c, v) => c with { Epochs = (int)v }),
        Whole("save_steps", TrainingDefaults.SaveSteps, 1, 1_000_000, "A checkpoint every so many steps, and at least every 5 minutes.", (c, v) => c with { SaveSteps = (int)v }),
        Whole("seed", TrainingDefaults.Seed, 0, uint.MaxValue, "Same seed, same photos, same machine: the same LoRA, byte for byte.", (c, v) => c with { Seed = v }),

        Whole("resolution", TrainingDefaults.Resolution, 64, 2048, "Photos are scaled to about resolution x resolution pixels.", (c, v) => c with { Resolution = (int)v }, multipleOf: 64),
        Flag("buckets", true, "Keep about the photo's own shape (4:3 at 512 becomes 576x448); false: cut a square out of the middle.", (c, v) => c with { Buckets = v }),
        Choice("bucket_step", Text(TrainingDefaults.BucketStep), ["32", "64"], "Widths and heights of buckets are multiples of it.", (c, v) => c with { BucketStep = int.Parse(v, CultureInfo.InvariantCulture) }),
        Whole("repeats", TrainingDefaults.Repeats, 1, 1000, "How often a photo is seen in one epoch.", (c, v) => c with { Repeats = (int)v }),
        Words("trigger_words", "words put in front of every caption that lacks them", (c, v) => c with { TriggerWords = v }),
    ];

    private static ConfigurationKey FilePath(
        string name, string @default, string range, string meaning, Func<TrainingConfiguration, string, TrainingConfiguration> set, bool required = false) =>
        new(name, @default, range, meaning, (c, v) => v.FilePath(range) is { } path ? set(c, path) : c, required);

    private static ConfigurationKey Whole(
        string name,
        long @default,
        long minimum,
        long maximum,
        string meaning,
        Func<TrainingConfiguration, long, TrainingConfiguration> set,
        long multipleOf = 1)
    {
        var range = $"{minimum} to {maximum}" + (multipleOf > 1 ? $", a multiple of {multipleOf}" : "");
        return new(name, Text(@default), range, meaning, Apply);

        TrainingConfiguration Apply(TrainingConfiguration configuration, ConfigurationValue value)
        {
            if (value.Whole(minimum, maximum, range) is not { } whole)
            {
                return configuration;
            }

            if (whole % multipleOf != 0)
            {
                value.Wrong($"{whole} is not a multiple of {multipleOf}; {whole / multipleOf * multipleOf} and {((whole / multipleOf) + 1) * multipleOf} are.");
                return configuration;
            }

            return set(configuration, whole);
        }
    }

    private static ConfigurationKey Number(
        string name, string @default, string range, Predicate<double> isAllowed, string meaning, Func<TrainingConfiguration, double, TrainingConfiguration> set) =>
        new(name, @default, range, meaning, (c, v) => v.Number(isAllowed, range) is { } number ? set(c, number) : c);

    private static ConfigurationKey Flag(string name, bool @default, string meaning, Func<TrainingConfiguration, bool, TrainingConfiguration> set) =>
        new(name, @default ? "true" : "false", "true or false", meaning, (c, v) => v.Flag() is { } flag ? set(c, flag) : c);

    private static ConfigurationKey Choice(
        string name, string @default, IReadOnlyList<string> choices, string meaning, Func<TrainingConfiguration, string, TrainingConfiguration> set) =>
        new(name, @default, string.Join(", ", choices), meaning, (c, v) => v.Choice(choices) is { } choice ? set(c, choice) : c);

    private static ConfigurationKey Words(string name, string meaning, Func<TrainingConfiguration, IReadOnlyList<string>, TrainingConfiguration> set) =>
        new(name, "none", "a list, or words with commas between", char.ToUpperInvariant(meaning[0]) + meaning[1..] + ".", (c, v) => v.Words(meaning) is { } words ? set(c, words) : c);

    private static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
}
