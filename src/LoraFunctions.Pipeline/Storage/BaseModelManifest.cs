namespace LoraFunctions.Pipeline.Storage;

/// <summary><c>base-models/{name}/manifest.json</c>, committed after every file it names.</summary>
/// <param name="Files">In the ordinal order of their names.</param>
public sealed record BaseModelManifest(int SchemaVersion, string Name, string Digest, IReadOnlyList<BaseModelFile> Files)
{
    public const int CurrentSchemaVersion = 1;
}
