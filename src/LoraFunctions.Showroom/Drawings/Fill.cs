using System.Runtime.InteropServices;

namespace LoraFunctions.Showroom.Drawings;

/// <summary>What a shape is filled with: one colour, or two that change from the shape's top to its bottom.</summary>
/// <param name="Opacity">0 to 1.</param>
/// <param name="Shines">Gives its own light: night does not darken it.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Fill(Colour Top, Colour Bottom, double Opacity = 1, bool Shines = false)
{
    public static implicit operator Fill(Colour colour) => new(colour, colour);

    public Fill Transparent(double opacity) => this with { Opacity = opacity };
}
