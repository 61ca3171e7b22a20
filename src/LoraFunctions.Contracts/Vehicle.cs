namespace LoraFunctions.Contracts;

/// <summary><c>vehicle-photos/{listingId}/vehicle.json</c>: one used car, as the marketplace lists it.</summary>
/// <param name="Generation">Tells apart cars of one name, e.g. <c>2024</c>; may be empty.</param>
/// <param name="Released">False for concept models: they are trained on and rendered never.</param>
/// <param name="Features">Key features that captions should name, e.g. <c>hidden door handles</c>.</param>
public sealed record Vehicle(
    int SchemaVersion,
    string Make,
    string Model,
    string Generation,
    int Year,
    string Segment,
    decimal Price,
    bool Released,
    IReadOnlyList<string> Features,
    DateTimeOffset ListedAt)
{
    public const int CurrentSchemaVersion = 1;

    /// <summary>The words captions and prompts use, e.g. <c>Tesla Model Y</c>.</summary>
    public string DisplayName => $"{Make} {Model}";
}
