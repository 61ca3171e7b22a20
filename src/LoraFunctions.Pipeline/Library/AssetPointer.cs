namespace LoraFunctions.Pipeline.Library;

/// <summary><c>asset-library/latest.json</c>: the newest night's index files, by their names in the container.</summary>
public sealed record AssetPointer(int SchemaVersion, string Date, string Manifest, string ManifestCsv, string Index, int Pictures)
{
    public const int CurrentSchemaVersion = 1;
}
