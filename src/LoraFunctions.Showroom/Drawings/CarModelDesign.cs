namespace LoraFunctions.Showroom.Drawings;

/// <summary>A made-up car model of the demo.</summary>
/// <param name="Features">Key features that are really drawn.</param>
public sealed record CarModelDesign(
    string Make,
    string Model,
    string Generation,
    string Segment,
    BodyStyle Body,
    IReadOnlyList<string> Features)
{
    public static CarModelDesign AuroraSedan { get; } = new(
        "Aurora", "Sedan", "2024", "mid-size", BodyStyle.Sedan, ["hidden door handles", "through-type tail lamp"]);

    public static CarModelDesign BorealisWagon { get; } = new(
        "Borealis", "Wagon", "2023", "mid-size", BodyStyle.Wagon, ["roof rails", "round head lamps"]);

    public static IReadOnlyList<CarModelDesign> All { get; } = [AuroraSedan, BorealisWagon];

    public string DisplayName => $"{Make} {Model}";
}
