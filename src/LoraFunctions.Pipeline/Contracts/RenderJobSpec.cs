namespace LoraFunctions.Pipeline.Contracts;

/// <summary>Render one pair of car models in one scene, one picture per seed.</summary>
/// <param name="Date">The night's date, <c>yyyy-MM-dd</c>.</param>
/// <param name="Template">The prompt template after its choice; the worker fills in the two cars.</param>
public sealed record RenderJobSpec(
    int SchemaVersion,
    string JobId,
    int NumericsRevision,
    string Date,
    ComparedModel Left,
    ComparedModel Right,
    string Scene,
    ComparisonTemplate Template,
    IReadOnlyList<long> Seeds,
    BaseModelRef BaseModel)
{
    public const int CurrentSchemaVersion = 1;
}
