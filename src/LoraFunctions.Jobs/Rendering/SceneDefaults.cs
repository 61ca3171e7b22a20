namespace LoraFunctions.Jobs.Rendering;

/// <summary>The comparison one gets who asks for nothing special: the usual prompt and scenes.</summary>
public static class SceneDefaults
{
    public const string Prompt =
        "two cars side by side, {left} on the left, {right} on the right, <lora:{left_lora}:{strength}> <lora:{right_lora}:{strength}> "
            + "{scene}, high detail, wide angle";

    public const string NegativePrompt = "low quality, blurry, distorted wheels, extra doors, logo, watermark";

    /// <summary>Between 0.6, where one starts, and 0.9, above which cars distort.</summary>
    public const double LoraStrength = 0.7;

    /// <summary>Wide enough for a car on each side.</summary>
    public const int Width = 768;

    public const int Height = 512;

    public const int Steps = 30;

    public const string Sampler = "Euler";

    /// <summary>Words by scene.</summary>
    public static IReadOnlyDictionary<string, string> Scenes { get; } =
        new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["city-street"] = "sunlight, city street, clear sky",
            ["driving-fast"] = "driving fast on a highway, motion blur of the background",
            ["night"] = "night, street lights, neon reflections",
            ["rain"] = "heavy rain, wet road, overcast sky",
        };
}
