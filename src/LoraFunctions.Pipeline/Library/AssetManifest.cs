namespace LoraFunctions.Pipeline.Library;

/// <summary><c>asset-library/{date}/manifest.json</c>: the truth about what a night published.</summary>
/// <param name="Pictures">In the ordinal order of their files.</param>
/// <param name="Times">Everything that differs between two equal nights.</param>
public sealed record AssetManifest(int SchemaVersion, string Date, IReadOnlyList<PublishedPicture> Pictures, AssetTimes Times)
{
    public const int CurrentSchemaVersion = 1;
}
