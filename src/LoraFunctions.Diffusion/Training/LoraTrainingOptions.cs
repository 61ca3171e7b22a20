using LoraFunctions.Diffusion.Lora;

namespace LoraFunctions.Diffusion.Training;

/// <summary>How one LoRA is trained. Defaults are the document's where it says something, else kohya's.</summary>
public sealed record LoraTrainingOptions
{
    public const int DefaultRank = 8;
    public const double DefaultAlpha = 16;
    public const double DefaultDropout = 0.1;
    public const double DefaultLearningRate = 2e-4;
    public const int DefaultBatchSize = 4;
    public const int DefaultEpochs = 15;
    public const int DefaultSaveSteps = 100;
    public const double DefaultWeightDecay = 0.01;
    public const double DefaultBeta1 = 0.9;
    public const double DefaultBeta2 = 0.999;
    public const double DefaultEpsilon = 1e-8;
    public const double DefaultMaxGradientNorm = 1.0;
    public const long DefaultSeed = 42;

    /// <summary>Width of the update of linear layers and 1x1 convolutions.</summary>
    public int Rank { get; init; } = DefaultRank;

    /// <summary>The update is scaled by alpha / rank.</summary>
    public double Alpha { get; init; } = DefaultAlpha;

    /// <summary>Share of the rank's values put to zero, between down and up, in [0, 1).</summary>
    public double Dropout { get; init; } = DefaultDropout;

    /// <summary>Layers of the UNet that are adapted.</summary>
    public LoraTargets Targets { get; init; } = LoraTargets.Attention;

    /// <summary>Rank of 3x3 convolutions, used with <see cref="LoraTargets.Convolutions"/>; null: <see cref="Rank"/>.</summary>
    public int? ConvolutionRank { get; init; }

    /// <summary>Alpha of 3x3 convolutions; null: <see cref="Alpha"/>.</summary>
    public double? ConvolutionAlpha { get; init; }

    /// <summary>AdamW's step size.</summary>
    public double LearningRate { get; init; } = DefaultLearningRate;

    /// <summary>The text encoder's own learning rate; null (default): it is not trained.</summary>
    public double? TextEncoderLearningRate { get; init; }

    public LearningRateScheduler Scheduler { get; init; } = LearningRateScheduler.Constant;

    /// <summary>Optimizer steps of a straight rise at the start.</summary>
    public int WarmupSteps { get; init; }

    public double WeightDecay { get; init; } = DefaultWeightDecay;

    public double Beta1 { get; init; } = DefaultBeta1;

    public double Beta2 { get; init; } = DefaultBeta2;

    public double Epsilon { get; init; } = DefaultEpsilon;

    /// <summary>Gradients are scaled down to this norm; null: never.</summary>
    public double? MaxGradientNorm { get; init; } = DefaultMaxGradientNorm;

    /// <summary>Pictures in one forward pass; all of one size.</summary>
    public int BatchSize { get; init; } = DefaultBatchSize;

    /// <summary>Forward passes per optimizer step.</summary>
    public int GradientAccumulation { get; init; } = 1;

    /// <summary>Compute the inside of every block of the UNet again in the backward pass instead of keeping it: less memory, about a third more time.</summary>
    public bool GradientCheckpointing { get; init; }

    /// <summary>How often every picture is seen (times its repeats).</summary>
    public int Epochs { get; init; } = DefaultEpochs;

    /// <summary>Optimizer steps between checkpoints.</summary>
    public int SaveSteps { get; init; } = DefaultSaveSteps;

    /// <summary>Min-SNR weighting (arXiv 2303.09556); 5 is usual; null: every timestep weighs the same.</summary>
    public double? MinSnrGamma { get; init; }

    /// <summary>Timesteps weigh 1 / sqrt(SNR) (arXiv 2310.08442): what a picture holds is learnt sooner, its finest grain later.</summary>
    public bool DebiasedEstimation { get; init; }

    /// <summary>Adds this times one random number per channel to the noise, so that very dark and bright pictures can be learnt; 0: none.</summary>
    public double NoiseOffset { get; init; }

    /// <summary>Share of captions replaced by the empty one, in [0, 1).</summary>
    public double CaptionDropout { get; init; }

    /// <summary>Mix the comma-separated tags of a caption anew each time.</summary>
    public bool ShuffleCaption { get; init; }

    /// <summary>The first so many tags stay in place when captions are mixed.</summary>
    public int KeepTokens { get; init; } = 1;

    /// <summary>Every picture always with the same timestep, noise and latents: shows that learning works at all; useless for real training.</summary>
    public bool FixedNoise { get; init; }

    public long Seed { get; init; } = DefaultSeed;

    /// <summary>How validation decides; null: no validation even where held-out pictures are given.</summary>
    public ValidationOptions? Validation { get; init; } = new();

    /// <summary>Everything that is out of range, complete sentences; empty when all is well.</summary>
    public IReadOnlyList<string> Problems()
    {
        var problems = new List<string>();
        Check(Rank is >= 1 and <= 1024, nameof(Rank), Rank, "1 to 1024");
        Check(ConvolutionRank is null or (>= 1 and <= 1024), nameof(ConvolutionRank), ConvolutionRank, "1 to 1024");
        Check(Alpha > 0, nameof(Alpha), Alpha, "more than 0");
        Check(ConvolutionAlpha is null or > 0, nameof(ConvolutionAlpha), ConvolutionAlpha, "more than 0");
        Check(Dropout is >= 0 and < 1, nameof(Dropout), Dropout, "0 to less than 1");
        Check(CaptionDropout is >= 0 and < 1, nameof(CaptionDropout), CaptionDropout, "0 to less than 1");
        Check(LearningRate > 0, nameof(LearningRate), LearningRate, "more than 0");
        Check(TextEncoderLearningRate is null or > 0, nameof(TextEncoderLearningRate), TextEncoderLearningRate, "more than 0, or none");
        Check(Targets != LoraTargets.None || TextEncoderLearningRate is not null, nameof(Targets), Targets, "at least one kind of layer");
        Check(WarmupSteps >= 0, nameof(WarmupSteps), WarmupSteps, "0 or more");
        Check(WeightDecay >= 0, nameof(WeightDecay), WeightDecay, "0 or more");
        Check(Beta1 is >= 0 and < 1, nameof(Beta1), Beta1, "0 to less than 1");
        Check(Beta2 is >= 0 and < 1, nameof(Beta2), Beta2, "0 to less than 1");
        Check(Epsilon > 0, nameof(Epsilon), Epsilon, "more than 0");
        Check(MaxGradientNorm is null or > 0, nameof(MaxGradientNorm), MaxGradientNorm, "more than 0, or none");
        Check(BatchSize >= 1, nameof(BatchSize), BatchSize, "1 or more");
        Check(GradientAccumulation >= 1, nameof(GradientAccumulation), GradientAccumulation, "1 or more");
        Check(Epochs >= 1, nameof(Epochs), Epochs, "1 or more");
        Check(SaveSteps >= 1, nameof(SaveSteps), SaveSteps, "1 or more");
        Check(MinSnrGamma is null or > 0, nameof(MinSnrGamma), MinSnrGamma, "more than 0, or none");
        Check(NoiseOffset is >= 0 and <= 1, nameof(NoiseOffset), NoiseOffset, "0 to 1");
        Check(KeepTokens >= 0, nameof(KeepTokens), KeepTokens, "0 or more");
        problems.AddRange(Validation?.Problems() ?? []);
        return problems;

        void Check(bool isFine, string name, object? value, string range)
        {
            // Nothing infinite is of use, and a checkpoint, being JSON, could not hold it.
            var isInfinite = value is double.PositiveInfinity;
            if (!isFine || isInfinite)
            {
                problems.Add(FormattableString.Invariant($"{name} is {value}; it must be {(isInfinite ? "finite, " : "")}{range}."));
            }
        }
    }
}

/// <summary>How the learning rate goes over a training.</summary>
public enum LearningRateScheduler
{
    Constant,

    /// <summary>Half a cosine down to zero.</summary>
    Cosine,

    /// <summary>A straight line down to zero.</summary>
    Linear,
}
