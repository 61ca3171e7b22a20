namespace LoraFunctions.Showroom.Cars;

/// <summary>What kind of car it is, by its silhouette.</summary>
public enum Body
{
    Sedan,
    Hatchback,
    Suv,
    Coupe,
    Wagon,
}

/// <summary>
/// A car's outline in metres: x runs from the middle of the car towards its nose, z up from the ground. The side profile goes nose, bonnet,
/// windscreen, roof, rear window, tail; sections across it are narrowed at nose and tail and drawn in above the belt line.
/// </summary>
public sealed record BodyShape
{
    public required Body Body { get; init; }

    public required float Length { get; init; }

    public required float Width { get; init; }

    /// <summary>Height of the sills.</summary>
    public required float Clearance { get; init; }

    public required float Bonnet { get; init; }

    /// <summary>Lower edge of the side windows.</summary>
    public required float Belt { get; init; }

    /// <summary>Upper edge of the tail.</summary>
    public required float Deck { get; init; }

    public required float Roof { get; init; }

    /// <summary>x of the windscreen's foot, of the roof's front and rear edge, and of the rear window's foot.</summary>
    public required float ScreenFoot { get; init; }

    public required float RoofFront { get; init; }

    public required float RoofRear { get; init; }

    public required float RearFoot { get; init; }

    public required float WheelRadius { get; init; }

    public required float FrontAxle { get; init; }

    public required float RearAxle { get; init; }

    /// <summary>Height of the nose's edge.</summary>
    public required float Nose { get; init; }

    /// <summary>How far the windows lean inwards, metres a metre.</summary>
    public required float Tumblehome { get; init; }

    /// <summary>Dark plastic around sills and wheel arches.</summary>
    public bool Cladding { get; init; }

    /// <summary>x of the pillar behind the front doors.</summary>
    public float MiddlePillar => Body == Body.Coupe ? RoofRear + 0.02f : (ScreenFoot + RearFoot) * 0.275f;

    /// <summary>x where the rear doors end; a coupe has none.</summary>
    public float RearDoorEnd => RearFoot + 0.35f;

    public static BodyShape Of(Body body) => body switch
    {
        Body.Sedan => Make(body, 4.65f, 1.82f, .17f, .93f, .95f, 1.02f, 1.44f, .98f, .28f, -.80f, -1.50f, .33f, 1.40f, -1.38f, .66f, .42f),
        Body.Hatchback => Make(body, 3.95f, 1.76f, .17f, .94f, .98f, 1.00f, 1.50f, 1.00f, .35f, -1.20f, -1.80f, .32f, 1.22f, -1.25f, .68f, .34f),
        Body.Suv => Make(body, 4.50f, 1.90f, .24f, 1.08f, 1.12f, 1.15f, 1.74f, 1.08f, .55f, -1.85f, -2.12f, .39f, 1.36f, -1.34f, .80f, .25f) with
        {
            Cladding = true,
        },
        Body.Coupe => Make(body, 4.50f, 1.88f, .13f, .82f, .87f, .96f, 1.26f, .70f, .02f, -.60f, -1.75f, .35f, 1.38f, -1.36f, .56f, .50f),
        _ => Make(body, 4.75f, 1.82f, .16f, .92f, .96f, .98f, 1.46f, 1.00f, .30f, -1.80f, -2.26f, .33f, 1.42f, -1.40f, .66f, .36f),
    };

    /// <summary>Another car of the same kind: every measure moved a little.</summary>
    public BodyShape Varied(Random random, float amount = 1)
    {
        float Move(float value, float by) => value + ((float)((random.NextDouble() * 2) - 1) * by * amount);
        return this with
        {
            Length = Move(Length, 0.06f),
            Width = Move(Width, 0.02f),
            Bonnet = Move(Bonnet, 0.01f),
            Roof = Move(Roof, 0.02f),
            ScreenFoot = Move(ScreenFoot, 0.03f),
            RoofFront = Move(RoofFront, 0.04f),
            RoofRear = Move(RoofRear, 0.05f),
            RearFoot = Move(RearFoot, 0.03f),
            Nose = Move(Nose, 0.02f),
        };
    }

    private static BodyShape Make(
        Body body, float length, float width, float clearance, float bonnet, float belt, float deck, float roof, float screenFoot,
        float roofFront, float roofRear, float rearFoot, float wheel, float frontAxle, float rearAxle, float nose, float tumblehome) => new()
        {
            Body = body,
            Length = length,
            Width = width,
            Clearance = clearance,
            Bonnet = bonnet,
            Belt = belt,
            Deck = deck,
            Roof = roof,
            ScreenFoot = screenFoot,
            RoofFront = roofFront,
            RoofRear = roofRear,
            RearFoot = rearFoot,
            WheelRadius = wheel,
            FrontAxle = frontAxle,
            RearAxle = rearAxle,
            Nose = nose,
            Tumblehome = tumblehome,
        };
}
