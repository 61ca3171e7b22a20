namespace LoraFunctions.Showroom.Listings;

/// <summary>What <c>vehicle.json</c> of a demo listing says, in the shape the marketplace writes it (camel case).</summary>
public sealed record DemoVehicle(
    int SchemaVersion,
    string Make,
    string Model,
    string Generation,
    int Year,
    string Segment,
    decimal Price,
    bool Released,
    IReadOnlyList<string> Features,
    DateTimeOffset ListedAt);
