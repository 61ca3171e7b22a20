using LoraFunctions.Diffusion.Training;

namespace LoraFunctions.Jobs.Training;

/// <summary>
/// Train one LoRA from YAML. What is given here goes before the YAML's own key; relative paths of a YAML start at its folder.
/// </summary>
public sealed record TrainingRequest
{
    /// <summary>At least one; later ones override earlier ones key by key.</summary>
    public required IReadOnlyList<string> Configurations { get; init; }

    /// <summary>The LoRA's name and its file's; null: the last configuration's file name without extension.</summary>
    public string? Name { get; init; }

    /// <summary>What a person calls the car model, for titles; null: what all captions begin with, else <see cref="Name"/>.</summary>
    public string? DisplayName { get; init; }

    /// <summary>Overrides <c>train_data_dir</c>.</summary>
    public string? TrainDataDir { get; init; }

    /// <summary>Overrides <c>metadata_path</c>.</summary>
    public string? MetadataPath { get; init; }

    /// <summary>Overrides <c>base_model</c>: a single file or a diffusers folder.</summary>
    public string? BaseModel { get; init; }

    /// <summary>Overrides <c>output_dir</c>.</summary>
    public string? OutputDir { get; init; }

    /// <summary>Overrides <c>start_from</c>: a LoRA file.</summary>
    public string? StartFrom { get; init; }

    /// <summary>
    /// Everything a later attempt needs to go on; whatever checkpoint lies here is resumed. Null: <c>{output_dir}/checkpoints</c>.
    /// </summary>
    public string? CheckpointsFolder { get; init; }

    /// <summary>
    /// JSON by which a person says continue, stop, or a new learning rate; looked at before every step. Null:
    /// <c>{output_dir}/control.json</c>.
    /// </summary>
    public string? ControlFile { get; init; }

    /// <summary>Told about what others may want to copy or show while training runs.</summary>
    public ITrainingObserver? Observer { get; init; }
}

/// <summary>Called on the training thread; training waits until it returns.</summary>
public interface ITrainingObserver
{
    /// <summary>
    /// The checkpoint has its final name. To resume elsewhere, copy <paramref name="files"/> (names relative to the checkpoints folder) in
    /// their order; what else was copied before may go. Throwing stops the training.
    /// </summary>
    void CheckpointSaved(string folder, IReadOnlyList<string> files, int step);
}

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
