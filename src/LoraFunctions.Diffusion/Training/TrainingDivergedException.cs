namespace LoraFunctions.Diffusion.Training;

/// <summary>A loss or gradient was not finite. The other models of the same pass were trained to their end.</summary>
public sealed class TrainingDivergedException : Exception
{
    public TrainingDivergedException(string message, IReadOnlyList<LoraTrainingResult> results)
        : base(message)
    {
        Results = results;
    }

    /// <summary>All models, also the diverged ones: their weights are the best by validation, else the last, all finite. The catcher disposes them.</summary>
    public IReadOnlyList<LoraTrainingResult> Results { get; }
}
