using System.Numerics;

namespace LoraFunctions.Showroom.Cars;

/// <summary>A paint as a person would name it; its colour is linear, 0 to 1.</summary>
public sealed record Paint(string Name, Vector3 Colour)
{
    public static Paint Red { get; } = new("red", new(.72f, .05f, .05f));

    public static Paint Blue { get; } = new("blue", new(.06f, .16f, .62f));

    public static Paint White { get; } = new("white", new(.86f, .86f, .85f));

    public static Paint Black { get; } = new("black", new(.035f, .035f, .04f));

    public static Paint Silver { get; } = new("silver", new(.52f, .54f, .56f));

    public static Paint Green { get; } = new("green", new(.06f, .36f, .14f));

    public static Paint Yellow { get; } = new("yellow", new(.88f, .70f, .06f));

    public static Paint Orange { get; } = new("orange", new(.86f, .33f, .04f));

    public static IReadOnlyList<Paint> All { get; } = [Red, Blue, White, Black, Silver, Green, Yellow, Orange];

    /// <summary>Another batch of the same paint.</summary>
    public Paint Varied(Random random) => this with
    {
        Colour = Colour * new Vector3(Factor(random), Factor(random), Factor(random)),
    };

    private static float Factor(Random random) => 1 + ((float)((random.NextDouble() * 2) - 1) * 0.06f);
}
