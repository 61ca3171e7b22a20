namespace LoraFunctions.Showroom.Drawings;

/// <summary>The colours of a car's parts, from its paint.</summary>
internal sealed record BodyColours(Colour Paint)
{
    public static Colour Rubber { get; } = Colour.FromHex(0x1B1C1F);

    public static Colour Plastic { get; } = Colour.FromHex(0x2B2D31);

    public static Colour Rim { get; } = Colour.FromHex(0xB9BEC6);

    public static Fill Glass { get; } = new(Colour.FromHex(0x8FA9BC), Colour.FromHex(0x33414D));

    public static Colour HeadLamp { get; } = Colour.FromHex(0xF3F8FF);

    public static Colour TailLamp { get; } = Colour.FromHex(0xD3141E);

    public Fill Upper => new(Paint.Lighter(0.22), Paint);

    public Fill Body => new(Paint.Lighter(0.16), Paint.Darker(0.28));

    public Colour Crease => Paint.Darker(0.42);

    public Colour Highlight => Paint.Lighter(0.45);
}
