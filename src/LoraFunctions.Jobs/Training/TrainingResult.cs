namespace LoraFunctions.Jobs.Training;

/// <summary>What training wrote into its output folder.</summary>
/// <param name="LoraPath"><c>{name}.safetensors</c>, kohya layout, fp16.</param>
/// <param name="LogPath"><c>log.csv</c>: a row a step.</param>
/// <param name="PlotPath"><c>loss.png</c>.</param>
/// <param name="EventsPath">The same for TensorBoard, beside the log.</param>
/// <param name="ManifestPath"><c>{name}.json</c>: configuration, dataset digest, base model's hash, versions, seed.</param>
/// <param name="Steps">Optimizer steps taken, over all attempts.</param>
/// <param name="FinalLoss">Mean loss of the last epoch.</param>
public sealed record TrainingResult(
    string LoraPath,
    string LogPath,
    string PlotPath,
    string EventsPath,
    string ManifestPath,
    int Steps,
    double FinalLoss);
