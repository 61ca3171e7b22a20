using LoraFunctions.Pipeline.Storage;

namespace LoraFunctions.Pipeline.Training;

/// <summary><c>loras/{modelKey}/latest.json</c>: the LoRA that comparisons use.</summary>
/// <param name="Lora">Name in <c>loras</c>.</param>
/// <param name="DatasetDigest">What it was trained on.</param>
/// <param name="Photos">In that data set.</param>
/// <param name="BaseModelDigest">It fits this base model only.</param>
/// <param name="Night">Date of the night that trained it; null when a person asked.</param>
public sealed record PublishedLora(
    int SchemaVersion,
    string ModelKey,
    string DisplayName,
    string JobId,
    string Lora,
    string Sha256,
    string DatasetDigest,
    int Photos,
    string BaseModel,
    string BaseModelDigest,
    string? Night,
    PointerTimes? Times = null)
{
    public const int CurrentSchemaVersion = 1;
}
