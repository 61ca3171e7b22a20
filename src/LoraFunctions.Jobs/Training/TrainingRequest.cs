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
