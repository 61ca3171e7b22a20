namespace LoraFunctions.Pipeline.Contracts;

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
}
