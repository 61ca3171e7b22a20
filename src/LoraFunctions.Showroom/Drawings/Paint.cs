namespace LoraFunctions.Showroom.Drawings;

/// <summary>A paint as a person would name it.</summary>
public sealed record Paint(string Name, Colour Colour)
{
    public static Paint White { get; } = new("white", Colour.FromHex(0xE9EBEE));

    public static Paint Silver { get; } = new("silver", Colour.FromHex(0xA9B0B8));

    public static Paint Black { get; } = new("black", Colour.FromHex(0x2A2D33));

    public static Paint Red { get; } = new("red", Colour.FromHex(0xB3202C));

    public static Paint Blue { get; } = new("blue", Colour.FromHex(0x1F4FA3));

    public static Paint Green { get; } = new("green", Colour.FromHex(0x2F6B4A));

    public static IReadOnlyList<Paint> All { get; } = [White, Silver, Black, Red, Blue, Green];
}
