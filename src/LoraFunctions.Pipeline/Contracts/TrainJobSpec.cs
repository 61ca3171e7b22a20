namespace LoraFunctions.Pipeline.Contracts;

/// <summary>Train one LoRA for one car model.</summary>
/// <param name="Dataset">Every blob of <c>datasets/{modelKey}/{digest}/</c>, photos and <c>metadata.csv</c>.</param>
/// <param name="Configurations">YAML, later ones override earlier ones key by key: <c>training/default.yaml</c>, then <c>training/{modelKey}.yaml</c> where it exists.</param>
public sealed record TrainJobSpec(
    int SchemaVersion,
    string JobId,
    int NumericsRevision,
    string ModelKey,
    string DisplayName,
    string DatasetDigest,
    IReadOnlyList<BlobRef> Dataset,
    IReadOnlyList<BlobRef> Configurations,
    BaseModelRef BaseModel)
{
    public const int CurrentSchemaVersion = 1;
}
