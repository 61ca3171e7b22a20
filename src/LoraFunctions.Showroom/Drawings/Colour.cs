using System.Runtime.InteropServices;

namespace LoraFunctions.Showroom.Drawings;

/// <summary>An sRGB colour, 0 to 255 a channel.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct Colour(double R, double G, double B)
{
    /// <summary>From 0xRRGGBB.</summary>
    public static Colour FromHex(int rgb) => new((rgb >> 16) & 255, (rgb >> 8) & 255, rgb & 255);

    /// <summary>This colour at 0, the other at 1.</summary>
    public Colour Towards(Colour other, double part) =>
        new(R + ((other.R - R) * part), G + ((other.G - G) * part), B + ((other.B - B) * part));

    public Colour Lighter(double part) => Towards(new Colour(255, 255, 255), part);

    public Colour Darker(double part) => Towards(new Colour(0, 0, 0), part);
}
