using LoraFunctions.Diffusion.Lora;

namespace LoraFunctions.Diffusion.Training;

/// <summary>How a training ended. Disposing it disposes the weights.</summary>
/// <param name="Weights">The chosen weights in fp32: the best by validation, else the last.</param>
/// <param name="WeightsStep">The step the chosen weights are from.</param>
/// <param name="Steps">Optimizer steps taken, over all attempts.</param>
/// <param name="Epochs">Epochs finished.</param>
/// <param name="LearningRate">The last that was set, by the options or by a person; before the scheduler's factor.</param>
/// <param name="LastEpochLoss">Mean training loss of the last finished epoch, or of what there was of it.</param>
public sealed record LoraTrainingResult(
    TrainingOutcome Outcome,
    LoraWeights Weights,
    long WeightsStep,
    long Steps,
    int Epochs,
    double LearningRate,
    double LastEpochLoss,
    IReadOnlyList<TrainingValidation> Validations,
    IReadOnlyList<TrainingDecision> Decisions) : IDisposable
{
    /// <summary>The validation of the chosen weights; null where none chose them.</summary>
    public TrainingValidation? BestValidation => Validations.FirstOrDefault(v => v.Step == WeightsStep);

    public void Dispose() => Weights.Dispose();
}

/// <summary>Where a training stands, or how it ended.</summary>
public enum TrainingOutcome
{
    Running,

    /// <summary>All epochs were trained.</summary>
    Completed,

    /// <summary>The validation loss kept rising.</summary>
    StoppedEarly,

    /// <summary>A person said stop.</summary>
    StoppedByPerson,

    /// <summary>A loss or gradient was not finite.</summary>
    Diverged,
}

/// <summary>Something that changed the course of a training.</summary>
/// <param name="Step">Optimizer steps taken before it.</param>
/// <param name="By">A person's name, or <c>trainer</c>.</param>
/// <param name="What">For a person, e.g. <c>learning rate 0.0002 -> 0.0001</c>.</param>
public sealed record TrainingDecision(long Step, string By, string What, DateTimeOffset At)
{
    /// <summary>The name the trainer signs its own decisions with.</summary>
    public const string Trainer = "trainer";

    /// <summary>What somebody decides who says that it shall go on as it is.</summary>
    public const string GoOn = "continue";
}

/// <summary>A loss or gradient was not finite.</summary>
public sealed class TrainingDivergedException : Exception
{
    public TrainingDivergedException(string message, LoraTrainingResult result)
        : base(message)
    {
        Result = result;
    }

    /// <summary>What there was before it: the best weights by validation, else the last, all finite. The catcher disposes it.</summary>
    public LoraTrainingResult Result { get; }
}
