using System.Text.Json.Serialization;

namespace LoraFunctions.Contracts;

/// <summary>What the GPU worker is asked to do; written as a string in messages and in the job's name.</summary>
public enum JobKind
{
    Label,
    Train,
    Render,
}

/// <summary>Label one listing's accepted photos by CLIP.</summary>
/// <param name="Photos">Accepted photos, in the order of their names.</param>
/// <param name="LabelTable"><c>config/labels.yaml</c>.</param>
public sealed record LabelJobSpec(
    int SchemaVersion,
    string JobId,
    int NumericsRevision,
    string ListingId,
    string ModelKey,
    Vehicle Vehicle,
    IReadOnlyList<BlobRef> Photos,
    BlobRef LabelTable,
    BaseModelRef Clip)
{
    public const int CurrentSchemaVersion = 1;

    /// <summary><c>config/corrections.json</c>, what people corrected and later labels learn from; null where there is none.</summary>
    public BlobRef? Corrections { get; init; }
}

/// <summary>Train one LoRA for one car model.</summary>
/// <param name="Dataset">Photos and <c>metadata.csv</c>.</param>
/// <param name="Configurations">YAML, later ones override earlier ones key by key: <c>training/default.yaml</c>, then <c>training/{modelKey}.yaml</c> where it exists.</param>
public sealed record TrainJobSpec(
    int SchemaVersion,
    string JobId,
    int NumericsRevision,
    string ModelKey,
    string DisplayName,
    string DatasetDigest,
    IReadOnlyList<NamedBlob> Dataset,
    IReadOnlyList<BlobRef> Configurations,
    BaseModelRef BaseModel)
{
    public const int CurrentSchemaVersion = 1;

    /// <summary>The LoRA that training begins with, of the same configurations and base model; null: none.</summary>
    public BlobRef? StartFrom { get; init; }
}

/// <summary>
/// Render one pair of car models in one scene, one picture per seed. No date is in it: where nothing changed since an earlier night,
/// the job is the same and so are its pictures.
/// </summary>
/// <param name="Template">The prompt template after its choice; the worker fills in the two cars.</param>
public sealed record RenderJobSpec(
    int SchemaVersion,
    string JobId,
    int NumericsRevision,
    ComparedModel Left,
    ComparedModel Right,
    string Scene,
    ComparisonTemplate Template,
    IReadOnlyList<long> Seeds,
    BaseModelRef BaseModel)
{
    public const int CurrentSchemaVersion = 1;

    /// <summary>What pictures are judged by; null where the template takes the first one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JudgingSpec? Judging { get; init; }

    /// <summary>The prompt as the worker renders it. It names LoRAs by their files, which the worker calls as the car models' keys.</summary>
    public string Prompt() => Template.PromptsFor(
        new PromptedCar(Left.DisplayName, Left.ModelKey, Left.Features), new PromptedCar(Right.DisplayName, Right.ModelKey, Right.Features)).ToString();
}

/// <summary>One side of a comparison.</summary>
/// <param name="Lora">The published LoRA in <see cref="ContainerNames.Loras"/>.</param>
/// <param name="Features">Where the template asks for them; null: it does not.</param>
public sealed record ComparedModel(
    string ModelKey,
    string DisplayName,
    BlobRef Lora,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Features = null);

/// <summary>The judges of a comparison and the photos they hold it against.</summary>
/// <param name="Dino">DINOv2; null: CLIP alone.</param>
/// <param name="Left">Photos of the left car model, those first that show what the prompt asks for.</param>
public sealed record JudgingSpec(BaseModelRef Clip, BaseModelRef? Dino, IReadOnlyList<NamedBlob> Left, IReadOnlyList<NamedBlob> Right);
