namespace LoraFunctions.Jobs.Training.Configuration;

/// <summary>What holds where a YAML says nothing. Rank to save_steps are the numbers a car model's document comes with.</summary>
public static class TrainingDefaults
{
    public const int LoraRank = 8;
    public const double AlphaPerRank = 2;
    public const double LoraDropout = 0.1;
    public const double LearningRate = 2e-4;
    public const int BatchSize = 4;
    public const int Epochs = 15;
    public const int SaveSteps = 100;

    /// <summary>Stable Diffusion 1.5's own.</summary>
    public const int Resolution = 512;

    public const int BucketStep = 64;
    public const int Repeats = 1;
    public const int KeepTokens = 1;
    public const long Seed = 42;
    public const int GradientAccumulation = 1;
    public const double WeightDecay = 0.01;
    public const double AdamBeta1 = 0.9;
    public const double AdamBeta2 = 0.999;
    public const double AdamEpsilon = 1e-8;

    /// <summary>kohya's; 0 switches clipping off.</summary>
    public const double MaxGradNorm = 1.0;
}
