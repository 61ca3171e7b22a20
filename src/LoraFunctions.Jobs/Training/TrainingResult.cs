using LoraFunctions.Diffusion.Training;

namespace LoraFunctions.Jobs.Training;

/// <summary>What training wrote into its output folder.</summary>
/// <param name="LoraPath"><c>{name}.safetensors</c>, kohya layout, fp16.</param>
/// <param name="LogPath"><c>log.csv</c>: a row a step.</param>
/// <param name="PlotPath"><c>loss.png</c>.</param>
/// <param name="EventsPath">The same for TensorBoard, beside the log.</param>
/// <param name="ManifestPath"><c>{name}.json</c>: configuration, dataset digest, base model's hash, versions, seed.</param>
/// <param name="Steps">Optimizer steps taken, over all attempts.</param>
/// <param name="FinalLoss">Mean loss of the last epoch.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="WeightsStep">The step the LoRA is of: the one of the best validation loss, else the last.</param>
/// <param name="BestValidationLoss">Null without validation.</param>
public sealed record TrainingResult(
    string LoraPath,
    string LogPath,
    string PlotPath,
    string EventsPath,
    string ManifestPath,
    int Steps,
    double FinalLoss,
    TrainingOutcome Outcome = TrainingOutcome.Completed,
    long WeightsStep = 0,
    double? BestValidationLoss = null);
