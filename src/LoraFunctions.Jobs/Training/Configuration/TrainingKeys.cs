using System.Globalization;
using LoraFunctions.Diffusion.Lora;
using LoraFunctions.Diffusion.Training;
using static LoraFunctions.Jobs.Training.Configuration.KeyKinds;
using static TorchSharp.torch;

namespace LoraFunctions.Jobs.Training.Configuration;

/// <summary>Every key of the training YAML, in the order they are explained in. The one place where a key is defined.</summary>
public static class TrainingKeys
{
    internal const string TrainDataDir = "train_data_dir";
    internal const string MetadataPath = "metadata_path";
    internal const string BaseModel = "base_model";
    internal const string OutputDir = "output_dir";
    internal const string StartFrom = "start_from";
    internal const string SamplePrompts = "sample_prompts";

    private static readonly SortedDictionary<string, LoraTargets> Targets = new(StringComparer.Ordinal)
    {
        ["attention"] = LoraTargets.Attention,
        ["feed_forward"] = LoraTargets.FeedForward,
        ["projections"] = LoraTargets.Projections,
        ["convolutions"] = LoraTargets.Convolutions,
    };

    internal static readonly SortedDictionary<string, ScalarType?> Precisions = new(StringComparer.Ordinal)
    {
        ["auto"] = null,
        ["bf16"] = ScalarType.BFloat16,
        ["fp16"] = ScalarType.Float16,
        ["fp32"] = ScalarType.Float32,
    };

    private static readonly SortedDictionary<string, LearningRateScheduler> Schedulers =
        new(Enum.GetValues<LearningRateScheduler>().ToDictionary(s => s.ToString().ToLowerInvariant()), StringComparer.Ordinal);

    public static IReadOnlyList<ConfigurationKey> All { get; } =
    [
        FilePath(TrainDataDir, "required", "a folder",
            "The photos of one car model: JPEG, PNG or WebP.", (c, v) => c with { TrainDataDir = v }, required: true),
        FilePath(MetadataPath, "metadata.csv in train_data_dir", "a file",
            "One row a photo: file name and caption in double quotes.", (c, v) => c with { MetadataPath = v }),
        FilePath(BaseModel, "required", "a file or a folder",
            "Stable Diffusion 1.5: one .safetensors in LDM layout, or a folder in diffusers layout.",
            (c, v) => c with { BaseModel = v }, required: true),
        FilePath(OutputDir, "required", "a folder",
            "Gets the LoRA, log, plot, manifest and checkpoints; made when missing.", (c, v) => c with { OutputDir = v }, required: true),
        FilePath(StartFrom, "none", "a file",
            "A LoRA of the same layers, rank and alpha that training begins with, such as the car model's last.", (c, v) => c with { StartFrom = v }),

        Size("resolution", TrainingDefaults.Resolution,
            "Photos are scaled to about so many pixels: a square's side, or width x height, which then is a bucket too.",
            (c, v) => c with { Resolution = v }),
        Flag("buckets", true,
            "Keep about the photo's own shape (4:3 at 512 becomes 576x448); false: cut the resolution, a square as a rule, out of the middle.",
            (c, v) => c with { Buckets = v }),
        Choice("bucket_step", Text(TrainingDefaults.BucketStep), ["32", "64"],
            "Widths and heights of buckets are multiples of it.",
            (c, v) => c with { BucketStep = int.Parse(v, CultureInfo.InvariantCulture) }),
        Flag("flip", false, "Mirror photos at random. Off, because cars have text and sides.", (c, v) => c with { Flip = v }),
        Whole("repeats", TrainingDefaults.Repeats, TrainingRanges.Repeats,
            "How often a photo is seen in one epoch.", (c, v) => c with { Repeats = (int)v }),
        Words("trigger_words", "words put in front of every caption that lacks them", (c, v) => c with { TriggerWords = v }),
        Number("caption_dropout", "0", "0 to less than 1", v => v is >= 0 and < 1,
            "Share of the times a photo is seen without its caption.", (c, v) => c.With(o => o with { CaptionDropout = v })),
        Flag("shuffle_caption", false,
            "Mix the comma-separated parts of a caption anew each time.", (c, v) => c.With(o => o with { ShuffleCaption = v })),
        Whole("keep_tokens", new LoraTrainingOptions().KeepTokens, 0, 255,
            "With shuffle_caption: the first so many parts stay in place.", (c, v) => c.With(o => o with { KeepTokens = (int)v })),
        Number("validation_share", Text(TrainingDefaults.ValidationShare), "0 to 0.5", v => v is >= 0 and <= 0.5,
            "Share of the photos, rounded, that are held out to measure the loss on: the best weights are kept, and overfitting stops "
            + "training. 0: train on every photo, to the last epoch.",
            (c, v) => c with { ValidationShare = v }),

        Whole("lora_rank", LoraTrainingOptions.DefaultRank, TrainingRanges.LoraRank,
            "Width of the low-rank update. 16 for clearly different models, 4 to 8 for face-lifts; 32 overfits, 1 underfits.",
            (c, v) => c.With(o => o with { Rank = (int)v })),
        Number("lora_alpha", "twice lora_rank", TrainingRanges.LoraAlpha,
            "The update is scaled by alpha / rank.", (c, v) => c with { LoraAlpha = v }),
        Number("lora_dropout", Text(LoraTrainingOptions.DefaultDropout), "0 to less than 1", v => v is >= 0 and < 1,
            "Share of the rank's values put to zero in a step, between down and up.", (c, v) => c.With(o => o with { Dropout = v })),
        Choices("target_modules", "attention", Targets.Keys,
            "Which layers of the UNet get an update. attention: 128 layers; with feed_forward and projections as kohya does: 192; "
            + "convolutions: LoCon.",
            (c, v) => c.With(o => o with { Targets = v.Aggregate(LoraTargets.None, (sum, name) => sum | Targets[name]) })),
        Whole("conv_rank", "lora_rank", TrainingRanges.LoraRank,
            "Rank of 3x3 convolutions, with convolutions among target_modules.",
            (c, v) => c.With(o => o with { ConvolutionRank = (int)v })),
        Number("conv_alpha", "lora_alpha", TrainingRanges.LoraAlpha,
            "Alpha of 3x3 convolutions.", (c, v) => c.With(o => o with { ConvolutionAlpha = v })),

        Choice("optimizer", "AdamW", ["AdamW"], "AdamW in fp32 on the updates.", (c, _) => c),
        Number("learning_rate", Text(LoraTrainingOptions.DefaultLearningRate),
            TrainingRanges.LearningRate, "AdamW's step size.", (c, v) => c.With(o => o with { LearningRate = v })),
        OptionalNumber("text_encoder_learning_rate", null, "none, or more than 0, up to 1", v => v is > 0 and <= 1,
            "The text encoder's own step size; none: it is not trained.", (c, v) => c.With(o => o with { TextEncoderLearningRate = v })),
        Choice("lr_scheduler", "constant", [.. Schedulers.Keys],
            "How the learning rate changes over the steps.", (c, v) => c.With(o => o with { Scheduler = Schedulers[v] })),
        Whole("lr_warmup_steps", 0, 0, 1_000_000,
            "Steps of a straight rise of the learning rate at the start.", (c, v) => c.With(o => o with { WarmupSteps = (int)v })),
        Number("weight_decay", Text(LoraTrainingOptions.DefaultWeightDecay), "0 to 1", v => v is >= 0 and <= 1,
            "AdamW's decoupled decay.", (c, v) => c.With(o => o with { WeightDecay = v })),
        Number("adam_beta1", Text(LoraTrainingOptions.DefaultBeta1), "0 to less than 1", v => v is >= 0 and < 1,
            "Memory of the gradients' mean.", (c, v) => c.With(o => o with { Beta1 = v })),
        Number("adam_beta2", Text(LoraTrainingOptions.DefaultBeta2), "0 to less than 1", v => v is >= 0 and < 1,
            "Memory of the gradients' squares.", (c, v) => c.With(o => o with { Beta2 = v })),
        Number("adam_epsilon", Text(LoraTrainingOptions.DefaultEpsilon), "more than 0, up to 0.001", v => v is > 0 and <= 1e-3,
            "Keeps AdamW from dividing by nothing.", (c, v) => c.With(o => o with { Epsilon = v })),
        OptionalNumber("max_grad_norm", LoraTrainingOptions.DefaultMaxGradientNorm, "none, or more than 0", v => v > 0,
            "Gradients are scaled down to this norm.", (c, v) => c.With(o => o with { MaxGradientNorm = v })),
        OptionalNumber("min_snr_gamma", null, "none, or more than 0", v => v > 0,
            "Weighs timesteps by their signal-to-noise ratio (arXiv 2303.09556); 5 is usual.",
            (c, v) => c.With(o => o with { MinSnrGamma = v })),
        Flag("debiased_estimation_loss", false,
            "Weighs timesteps by 1 / sqrt(SNR) (arXiv 2310.08442): silhouette and layout are learnt sooner, the finest grain later.",
            (c, v) => c.With(o => o with { DebiasedEstimation = v })),
        Number("noise_offset", "0", "0 to 1", v => v is >= 0 and <= 1,
            "Adds this times one random number a channel to the noise, for very dark and very bright pictures.",
            (c, v) => c.With(o => o with { NoiseOffset = v })),

        Whole("batch_size", LoraTrainingOptions.DefaultBatchSize, TrainingRanges.BatchSize,
            "Photos in one forward pass; all of one bucket.", (c, v) => c.With(o => o with { BatchSize = (int)v })),
        Whole("gradient_accumulation", 1, 1, 1024,
            "Forward passes in one step.", (c, v) => c.With(o => o with { GradientAccumulation = (int)v })),
        Flag("gradient_checkpointing", false,
            "Compute the inside of every block again in the backward pass: less memory, about a third more time.",
            (c, v) => c.With(o => o with { GradientCheckpointing = v })),
        Choice("precision", "auto", [.. Precisions.Keys],
            "Of the base model on a GPU, where auto is bf16; updates and optimizer are fp32, and so is everything on the CPU.",
            (c, v) => c with { Precision = Precisions[v] }),
        Whole("epochs", LoraTrainingOptions.DefaultEpochs, TrainingRanges.Epochs,
            "How often every photo is seen. Raised later, a training goes on, if its lr_scheduler is constant.", (c, v) => c.With(o => o with { Epochs = (int)v })),
        Whole("save_steps", LoraTrainingOptions.DefaultSaveSteps, 1, 1_000_000,
            "A checkpoint every so many steps, and at least every 5 minutes.", (c, v) => c.With(o => o with { SaveSteps = (int)v })),
        Flag("early_stop", true,
            "With validation_share: stop when the loss on the held-out photos keeps rising.",
            (c, v) => c.WithValidation(o => o with { StopEarly = v })),
        Whole("early_stop_patience", $"{ValidationOptions.LeastDefaultPatience}, or a tenth of all validations if more", 1, 1000,
            $"Training stops when the mean loss of so many validations is more than {100 * ValidationOptions.DefaultMargin} % above the lowest, "
            + "and that so many ago.",
            (c, v) => c.WithValidation(o => o with { Patience = (int)v })),
        Whole("validate_every_epochs", ValidationOptions.DefaultEveryEpochs, 1, 1000,
            "Epochs between two validations.", (c, v) => c.WithValidation(o => o with { EveryEpochs = (int)v })),
        Whole("sample_every_epochs", TrainingDefaults.SampleEveryEpochs, 0, 100_000,
            "Epochs between two sheets of sample pictures; 0: none.",
            (c, v) => c with { SampleEveryEpochs = (int)v }),
        Whole("sample_count", TrainingDefaults.SampleCount, 1, 25,
            "Pictures on a sheet, always with the same seeds.", (c, v) => c with { SampleCount = (int)v }),
        Whole("sample_steps", TrainingDefaults.SampleSteps, 1, 150,
            "Sampler steps of a sample picture.", (c, v) => c with { SampleSteps = (int)v }),
        Prompts(SamplePrompts, "captions of the photos", (c, v) => c with { SamplePrompts = v }),
        Whole("seed", LoraTrainingOptions.DefaultSeed, 0, uint.MaxValue,
            "Same seed, same photos, same machine: the same LoRA, byte for byte.", (c, v) => c.With(o => o with { Seed = v })),
    ];

    /// <summary>The key by which a person sets an option of the trainer's.</summary>
    internal static IReadOnlyDictionary<string, string> OfOptions { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["Rank"] = "lora_rank",
        ["Alpha"] = "lora_alpha",
        ["Dropout"] = "lora_dropout",
        ["Targets"] = "target_modules",
        ["ConvolutionRank"] = "conv_rank",
        ["ConvolutionAlpha"] = "conv_alpha",
        ["LearningRate"] = "learning_rate",
        ["TextEncoderLearningRate"] = "text_encoder_learning_rate",
        ["Scheduler"] = "lr_scheduler",
        ["WarmupSteps"] = "lr_warmup_steps",
        ["WeightDecay"] = "weight_decay",
        ["Beta1"] = "adam_beta1",
        ["Beta2"] = "adam_beta2",
        ["Epsilon"] = "adam_epsilon",
        ["MaxGradientNorm"] = "max_grad_norm",
        ["MinSnrGamma"] = "min_snr_gamma",
        ["DebiasedEstimation"] = "debiased_estimation_loss",
        ["NoiseOffset"] = "noise_offset",
        ["BatchSize"] = "batch_size",
        ["GradientAccumulation"] = "gradient_accumulation",
        ["Epochs"] = "epochs",
        ["CaptionDropout"] = "caption_dropout",
        ["ShuffleCaption"] = "shuffle_caption",
        ["KeepTokens"] = "keep_tokens",
        ["Validation.StopEarly"] = "early_stop",
        ["Validation.Patience"] = "early_stop_patience",
        ["Validation.EveryEpochs"] = "validate_every_epochs",
        ["Seed"] = "seed",
    };
}
