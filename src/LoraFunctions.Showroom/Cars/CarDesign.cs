namespace LoraFunctions.Showroom.Cars;

public enum HeadLamp
{
    Round,
    Slim,
    Square,

    /// <summary>One bar across the nose, with a leg at each end.</summary>
    Bar,
}

public enum TailLamp
{
    /// <summary>Two round lamps a side.</summary>
    Round,
    Slim,
    Block,

    /// <summary>One lamp across the whole tail.</summary>
    Through,
}

public enum DoorHandle
{
    Pull,

    /// <summary>Flush with the door: hidden until it is used.</summary>
    Flush,
}

public enum Wheel
{
    FiveSpoke,
    MultiSpoke,
    Dark,
    Disc,
}

public enum RoofFinish
{
    Body,
    Black,
    White,
}

public enum Cabin
{
    /// <summary>One large screen in the middle.</summary>
    Screen,

    /// <summary>Round dials behind the wheel.</summary>
    Dials,
}

/// <summary>What makes one car model: its outline and its details. The paint is the single car's.</summary>
public sealed record CarDesign(BodyShape Shape)
{
    public HeadLamp HeadLamp { get; init; }

    public TailLamp TailLamp { get; init; }

    public DoorHandle DoorHandle { get; init; }

    public Wheel Wheel { get; init; }

    public RoofFinish Roof { get; init; }

    public Cabin Cabin { get; init; }

    public bool RoofRails { get; init; }

    /// <summary>Key features that are really drawn, as a seller would name them.</summary>
    public IReadOnlyList<string> Features =>
    [
        .. DoorHandle == DoorHandle.Flush ? ["hidden door handles"] : Array.Empty<string>(),
        .. TailLamp == TailLamp.Through ? ["through-type tail lamp"] : Array.Empty<string>(),
        .. Roof == RoofFinish.Body ? Array.Empty<string>() : [$"{Roof.ToString().ToLowerInvariant()} roof"],
        .. RoofRails ? ["roof rails"] : Array.Empty<string>(),
        .. HeadLamp == HeadLamp.Round ? ["round head lamps"] : Array.Empty<string>(),
    ];

    /// <summary>Somebody's car: a body of this kind with details as they come.</summary>
    public static CarDesign Random(Random random, Body body) => new(BodyShape.Of(body).Varied(random))
    {
        HeadLamp = (HeadLamp)random.Next(3),
        TailLamp = (TailLamp)random.Next(4),
        DoorHandle = (DoorHandle)random.Next(2),
        Wheel = (Wheel)random.Next(3),
        Roof = (RoofFinish)Math.Max(0, random.Next(5) - 2),
        Cabin = (Cabin)random.Next(2),
        RoofRails = body is Body.Suv or Body.Wagon && random.Next(2) == 0,
    };
}
