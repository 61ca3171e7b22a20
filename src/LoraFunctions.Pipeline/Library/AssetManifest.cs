using System.Text.Json.Serialization;

namespace LoraFunctions.Pipeline.Library;

/// <summary><c>asset-library/{date}/manifest.json</c>: the truth about what a night published.</summary>
/// <param name="Pictures">In the ordinal order of their files.</param>
/// <param name="Times">Everything that differs between two equal nights.</param>
public sealed record AssetManifest(int SchemaVersion, string Date, IReadOnlyList<PublishedPicture> Pictures, AssetTimes Times)
{
    public const int CurrentSchemaVersion = 1;
}

/// <summary>One picture of the asset library.</summary>
/// <param name="File">Name below <c>asset-library/{date}/</c>.</param>
/// <param name="Seed">As it was asked for, and as it stands in the file's name; a judged picture may come of a later one.</param>
/// <param name="Prompt">As it was rendered; the picture carries the same.</param>
/// <param name="JobId">The render job.</param>
public sealed record PublishedPicture(
    string File,
    string Sha256,
    PublishedSide Left,
    PublishedSide Right,
    string Scene,
    long Seed,
    int Width,
    int Height,
    string Template,
    string Prompt,
    string NegativePrompt,
    string BaseModel,
    string BaseModelDigest,
    string JobId)
{
    /// <summary>What the picture was chosen from, with every half's scores; null where nothing was judged.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JudgedPicture? Judged { get; init; }

    /// <summary>Of template and scene, where comparisons.yaml counts them.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? TemplateVersion { get; init; }

    /// <inheritdoc cref="TemplateVersion"/>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? SceneVersion { get; init; }
}

/// <summary>One car of a picture.</summary>
/// <param name="Lora">Name in <c>loras</c>.</param>
public sealed record PublishedSide(string ModelKey, string DisplayName, string Lora, string LoraSha256);

/// <summary>When a night was published.</summary>
public sealed record AssetTimes(DateTimeOffset PublishedAt);

/// <summary><c>asset-library/latest.json</c>: the newest night's index files, by their names in the container.</summary>
public sealed record AssetPointer(int SchemaVersion, string Date, string Manifest, string ManifestCsv, string Index, int Pictures)
{
    public const int CurrentSchemaVersion = 1;
}
