using LoraFunctions.Diffusion.Lora;

namespace LoraFunctions.Diffusion.Training;

/// <summary>How one model's training ended. Disposing it disposes the weights.</summary>
/// <param name="Weights">The chosen weights in fp32: the best by validation, else the last.</param>
/// <param name="WeightsStep">The step the chosen weights are from.</param>
/// <param name="Steps">Optimizer steps taken, over all attempts.</param>
/// <param name="Epochs">Epochs finished.</param>
/// <param name="LearningRate">The last that was set, by the options or by a person; before the scheduler's factor.</param>
/// <param name="LastEpochLoss">Mean training loss of the last finished epoch, or of what there was of it.</param>
public sealed record LoraTrainingResult(
    string Model,
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
