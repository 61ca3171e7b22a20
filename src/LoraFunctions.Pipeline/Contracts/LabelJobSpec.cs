namespace LoraFunctions.Pipeline.Contracts;

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
}
