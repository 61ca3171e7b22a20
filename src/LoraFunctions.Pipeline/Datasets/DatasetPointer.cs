namespace LoraFunctions.Pipeline.Datasets;

/// <summary><c>datasets/{modelKey}/latest.json</c>.</summary>
public sealed record DatasetPointer(int SchemaVersion, string ModelKey, string Digest)
{
    public const int CurrentSchemaVersion = 1;
}
