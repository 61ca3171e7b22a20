namespace LoraFunctions.Diffusion.Training;

/// <summary>How the learning rate goes over a training.</summary>
public enum LearningRateScheduler
{
    Constant,

    /// <summary>Half a cosine down to zero.</summary>
    Cosine,

    /// <summary>A straight line down to zero.</summary>
    Linear,
}
