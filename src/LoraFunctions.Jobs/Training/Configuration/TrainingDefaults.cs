namespace LoraFunctions.Jobs.Training.Configuration;

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
