using LoraFunctions.Imaging;
using LoraFunctions.Showroom.Cars;

namespace LoraFunctions.Showroom.Scenes;

/// <summary>Where the camera stands.</summary>
public enum View
{
    Front,
    FrontThreeQuarter,
    Side,
    RearThreeQuarter,
    Rear,
    Interior,
}

/// <summary>Where the car's nose points to in the picture; front, rear and interior views have none.</summary>
public enum Facing
{
    Left,
    Right,
}

public enum Place
{
    Studio,
    CityStreet,
    Highway,
    Night,
    Rain,
}

/// <summary>One car in a picture.</summary>
/// <param name="Turn">Degrees that the car is turned beyond its view.</param>
/// <param name="Zoom">1: the car takes about three quarters of its frame's width.</param>
/// <param name="Shift">To the right, in half heights of the picture.</param>
public sealed record CarShot(CarDesign Design, Paint Paint, View View, Facing Facing, float Turn = 0, float Zoom = 1, float Shift = 0)
{
    public bool HasFacing => View is View.FrontThreeQuarter or View.Side or View.RearThreeQuarter;
}

/// <summary>Everything that a picture shows, and so the truth about it.</summary>
/// <param name="Cars">One, or two side by side, left to right.</param>
/// <param name="Seed">Moves houses, windows, hills and clouds.</param>
/// <param name="Elevation">Degrees that the camera looks down.</param>
public sealed record Scene(Place Place, IReadOnlyList<CarShot> Cars, int Seed, float Elevation = 8);

/// <summary>A car's bounds in pixels; right and bottom are the first beyond it. Empty: all zero.</summary>
public readonly record struct PixelBox(int Left, int Top, int Right, int Bottom)
{
    public int Width => Right - Left;

    public int Height => Bottom - Top;
}

/// <summary>A drawn picture with what is known about it.</summary>
/// <param name="Mask">One byte a pixel: 0 the place, 1 the first car, 2 the second.</param>
/// <param name="Boxes">One a car.</param>
public sealed record DrawnPicture(RgbImage Image, byte[] Mask, IReadOnlyList<PixelBox> Boxes);
