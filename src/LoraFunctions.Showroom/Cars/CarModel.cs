namespace LoraFunctions.Showroom.Cars;

/// <summary>A made-up car model of the demo's marketplace. None of them is in the base model's training data.</summary>
public sealed record CarModel(string Make, string Model, string Generation, decimal Price, CarDesign Design)
{
    public const string Segment = "mid-size";

    public string DisplayName => $"{Make} {Model}";

    /// <summary>In the order in which a demo takes them: neighbours differ most.</summary>
    public static IReadOnlyList<CarModel> All { get; } =
    [
        new("Aurora", "Sedan", "2024", 189_800m, new(BodyShape.Of(Body.Sedan) with
        {
            Length = 4.80f, Roof = 1.40f, ScreenFoot = 1.12f, RoofFront = 0.22f, RoofRear = -0.55f, RearFoot = -2.02f, Deck = 1.06f, Nose = 0.58f,
        })
        {
            HeadLamp = HeadLamp.Bar, TailLamp = TailLamp.Through, DoorHandle = DoorHandle.Flush, Wheel = Wheel.MultiSpoke, Roof = RoofFinish.Black,
        }),
        new("Borealis", "Wagon", "2023", 168_000m, new(BodyShape.Of(Body.Wagon) with
        {
            Length = 4.60f, Roof = 1.62f, Bonnet = 1.00f, Belt = 1.02f, Deck = 1.04f, RoofRear = -2.05f, RearFoot = -2.22f, Nose = 0.80f, Tumblehome = 0.22f,
        })
        {
            HeadLamp = HeadLamp.Round, TailLamp = TailLamp.Block, Wheel = Wheel.FiveSpoke, Cabin = Cabin.Dials, RoofRails = true,
        }),
        new("Lyra", "Coupe", "2025", 256_000m, new(BodyShape.Of(Body.Coupe) with
        {
            Length = 4.40f, Roof = 1.25f, ScreenFoot = 0.55f, RoofFront = -0.10f, RoofRear = -0.75f, RearFoot = -1.90f, Nose = 0.50f,
        })
        {
            HeadLamp = HeadLamp.Slim, TailLamp = TailLamp.Through, DoorHandle = DoorHandle.Flush, Wheel = Wheel.Dark,
        }),
        new("Terra", "SUV", "2024", 221_500m, new(BodyShape.Of(Body.Suv) with
        {
            Length = 4.35f, Roof = 1.86f, Clearance = 0.30f, WheelRadius = 0.43f, ScreenFoot = 0.82f, RoofFront = 0.52f, RoofRear = -2.00f, RearFoot = -2.10f,
            Nose = 0.95f, Bonnet = 1.16f, Tumblehome = 0.14f,
        })
        {
            HeadLamp = HeadLamp.Square, TailLamp = TailLamp.Block, Wheel = Wheel.Disc, Roof = RoofFinish.White, Cabin = Cabin.Dials,
        }),
        new("Luna", "Hatchback", "2023", 96_900m, new(BodyShape.Of(Body.Hatchback) with
        {
            Length = 3.60f, Roof = 1.62f, ScreenFoot = 1.22f, RoofFront = 0.40f, RoofRear = -1.15f, RearFoot = -1.62f, FrontAxle = 1.18f, RearAxle = -1.18f,
            Bonnet = 1.02f, Belt = 1.02f,
        })
        {
            HeadLamp = HeadLamp.Round, TailLamp = TailLamp.Slim, Wheel = Wheel.Disc, Roof = RoofFinish.White,
        }),
        new("Sol", "SUV", "2025", 243_000m, new(BodyShape.Of(Body.Suv) with
        {
            Length = 4.70f, Roof = 1.60f, ScreenFoot = 1.45f, RoofFront = 0.35f, RoofRear = -0.70f, RearFoot = -2.15f, Bonnet = 1.00f, Belt = 1.04f, Deck = 1.12f,
            Nose = 0.66f, Tumblehome = 0.36f,
        })
        {
            HeadLamp = HeadLamp.Bar, TailLamp = TailLamp.Through, DoorHandle = DoorHandle.Flush, Wheel = Wheel.Dark, Roof = RoofFinish.Black,
        }),
    ];
}
