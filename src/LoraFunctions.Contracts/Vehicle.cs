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

    /// <summary>
    /// Its seller takes it back: its photos leave the data sets. A listing that is simply gone was sold, and its photos stay.
    /// </summary>
    public bool Withdrawn { get; init; }

    /// <summary>
    /// The words captions and prompts use, e.g. <c>Tesla Model Y</c>, or <c>Tesla Model Y 2024</c> where a generation is given: two generations
    /// of one car are two car models, and nobody could tell them apart by one name.
    /// </summary>
    public string DisplayName =>
        Generation.Length == 0 || $" {Model} ".Contains($" {Generation} ", StringComparison.OrdinalIgnoreCase)
            ? $"{Make} {Model}"
            : $"{Make} {Model} {Generation}";
}
