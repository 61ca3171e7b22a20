using System.Globalization;
using System.Text.RegularExpressions;

namespace LoraFunctions.Contracts;

/// <summary>How comparison pictures are asked for; an entry of <c>config/comparisons.yaml</c> with one of its scenes put in.</summary>
/// <param name="Prompt">With the <see cref="Placeholders"/> in braces; LoRAs are named by their files without extension.</param>
/// <param name="ScenePrompt">The words that stand for the scene.</param>
/// <param name="LoraStrength">0.6 to 0.9; 1.0 and more distorts.</param>
/// <param name="Width">Pixels, a multiple of 8; so is the height.</param>
/// <param name="GuidanceScale">Classifier-free guidance; 7.5 is Stable Diffusion's own.</param>
/// <param name="Sampler">As the sampler is called in WebUI, e.g. <c>Euler</c>.</param>
public sealed partial record ComparisonTemplate(
    string Name,
    string Prompt,
    string NegativePrompt,
    string ScenePrompt,
    double LoraStrength,
    int Width,
    int Height,
    int Steps,
    double GuidanceScale,
    string Sampler)
{
    public static IReadOnlyList<string> Placeholders { get; } = ["left", "right", "left_lora", "right_lora", "strength", "scene"];

    /// <summary>The prompt with both cars, their LoRAs and the scene put in.</summary>
    public string PromptFor(string left, string right, string leftLora, string rightLora) =>
        Placeholder().Replace(
            Prompt,
            match => match.Groups[1].Value switch
            {
                "left" => left,
                "right" => right,
                "left_lora" => leftLora,
                "right_lora" => rightLora,
                "strength" => LoraStrength.ToString(CultureInfo.InvariantCulture),
                "scene" => ScenePrompt,
                _ => match.Value,
            });

    /// <summary>What stands in braces and is none of the placeholders, and braces and tags that are not closed.</summary>
    public static IEnumerable<string> Problems(string prompt, IReadOnlyList<string> placeholders)
    {
        foreach (var unknown in Placeholder().Matches(prompt).Select(m => m.Groups[1].Value).Except(placeholders))
        {
            yield return $"{{{unknown}}} stands for nothing; there are {string.Join(", ", placeholders.Select(p => $"{{{p}}}"))}."
                + NearestName.Hint(unknown, placeholders);
        }

        foreach (Match piece in OpenPiece().Matches(prompt))
        {
            yield return $"'{piece.Value.Trim()}' at character {piece.Index + 1} is not closed; write {{name}} and <lora:name:strength>.";
        }
    }

    [GeneratedRegex(@"\{([^{}]*)\}")]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"\{[^{}]*(?=\{|$)|<\w+:[^<>]*(?=<|$)", RegexOptions.CultureInvariant)]
    private static partial Regex OpenPiece();
}

/// <summary>The comparison one gets who asks for nothing special: what the command line and <c>comparisons.yaml</c> need not say.</summary>
public static class ComparisonDefaults
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

    /// <summary>Stable Diffusion's own.</summary>
    public const double GuidanceScale = 7.5;

    public const string Sampler = "Euler";

    public const int RuleMaxPairs = 20;

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
