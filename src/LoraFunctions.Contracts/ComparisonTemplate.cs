using System.Globalization;
using System.Text.Json.Serialization;
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
    public static IReadOnlyList<string> Placeholders { get; } =
        ["left", "right", "left_lora", "right_lora", "left_colour", "right_colour", "left_features", "right_features", "strength", "scene", "view"];

    public static IReadOnlyList<string> CarPlaceholders { get; } = ["car", "lora", "colour", "features", "strength", "scene", "view"];

    /// <summary>Raised by whoever changes it, for the manifest; null where nobody counts.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Version { get; init; }

    /// <summary>The same of the scene that was put in.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? SceneVersion { get; init; }

    /// <summary>What <c>{view}</c> stands for, e.g. <c>rear view</c>: the side of the cars that the scene shows.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? View { get; init; }

    /// <summary>Each car's own prompt, with the <see cref="CarPlaceholders"/> in braces.</summary>
    public string CarPrompt { get; init; } = ComparisonDefaults.CarPrompt;

    /// <summary>
    /// What stands for <c>{colour}</c>, the left car's and the right one's. Listings of a model have many paints: a prompt without one gets a mixture.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Colours { get; init; }

    /// <summary>One of <see cref="ComparisonDefaults.Methods"/>; null: merge where <see cref="Prompt"/> names the LoRAs, else the default.</summary>
    public string? Method { get; init; }

    /// <summary>One of <see cref="ComparisonDefaults.Layouts"/>.</summary>
    public string Layout { get; init; } = ComparisonDefaults.Layout;

    /// <summary>
    /// Renderings at most to choose a picture from; more than one where there is a CLIP to judge them. The first that every judge finds good is taken,
    /// so that good car models cost one. 0: the first is taken as it is.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int BestOf { get; init; }

    /// <summary>What <c>[words:0.7]</c> means, one of <see cref="ComparisonDefaults.BracketMeanings"/>; in templates a weight, as the team writes it.</summary>
    public string Brackets { get; init; } = ComparisonDefaults.Brackets;

    /// <summary>One of <see cref="ComparisonDefaults.Formats"/>; null: the default.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Format { get; init; }

    /// <summary>
    /// Pixels of the finished picture, a multiple of 8, where it is larger than <see cref="Width"/>: a second pass enlarges it. Null: there is none.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? FinalWidth { get; init; }

    /// <inheritdoc cref="FinalWidth"/>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? FinalHeight { get; init; }

    /// <summary><see cref="Method"/> with its default filled in.</summary>
    public string EffectiveMethod() => Method ?? (NamesLoras() ? ComparisonDefaults.Merge : ComparisonDefaults.Method);

    /// <summary>Whether the prompt of the whole picture holds tags of its own.</summary>
    public bool NamesLoras() => Prompt.Contains("<lora:", StringComparison.Ordinal);

    /// <summary>The prompts with both cars, their LoRAs, features and the scene put in.</summary>
    public ComparisonPrompts PromptsFor(PromptedCar left, PromptedCar right) =>
        new(
            Filled(Prompt, name => name switch
            {
                "left" => left.Name,
                "right" => right.Name,
                "left_lora" => left.Lora,
                "right_lora" => right.Lora,
                "left_colour" => Colour(0),
                "right_colour" => Colour(1),
                "left_features" => left.FeatureWords,
                "right_features" => right.FeatureWords,
                _ => null,
            }),
            FilledFor(left, Colour(0)),
            FilledFor(right, Colour(1)),
            IsOne: EffectiveMethod() == ComparisonDefaults.Merge && NamesLoras());

    /// <summary>Whether a prompt asks what is special about the cars.</summary>
    public bool UsesFeatures() => Uses("features");

    /// <summary>Whether a prompt says from where the cars are seen.</summary>
    public bool UsesView() => Uses("view");

    private string FilledFor(PromptedCar car, string? colour) =>
        Filled(CarPrompt, name => name switch { "car" => car.Name, "lora" => car.Lora, "colour" => colour, "features" => car.FeatureWords, _ => null });

    private string? Colour(int side) => Colours?.ElementAtOrDefault(side);

    /// <summary>What is wrong with the colours; null when nothing is.</summary>
    public string? ColoursProblem() =>
        Colours is { Count: not 2 } ? $"{Colours.Count} colours; give two, the left car's and the right one's, e.g. [red paint, blue paint]."
        : Colours is null && UsesColours() ? "a prompt holds {colour}, but there are no colours; give two, e.g. [red paint, blue paint]."
        : Colours is not null && !UsesColours() ? "no prompt holds {colour}, so they would have no effect; write it into the cars' prompt."
        : null;

    private bool UsesColours() => Uses("colour");

    private bool Uses(string ending) => Placeholder().Matches(Prompt + CarPrompt).Any(m => m.Groups[1].Value.EndsWith(ending, StringComparison.Ordinal));

    private string Filled(string prompt, Func<string, string?> value)
    {
        var filled = Placeholder().Replace(prompt, match => match.Groups[1].Value switch
        {
            "strength" => LoraStrength.ToString(CultureInfo.InvariantCulture),
            "scene" => ScenePrompt,
            "view" => View ?? Nothing,
            var name => value(name) is { } words ? (words.Length > 0 ? words : Nothing) : match.Value,
        });
        return EmptyPlace().Replace(filled, "");
    }

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

    /// <summary>Where a placeholder stood that has no words tonight; it goes with a comma beside it.</summary>
    private const string Nothing = "\0";

    [GeneratedRegex(@",\s*\0(?=\s*$)|\0\s*,?\s*")]
    private static partial Regex EmptyPlace();

    [GeneratedRegex(@"\{([^{}]*)\}")]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"\{[^{}]*(?=\{|$)|<\w+:[^<>]*(?=<|$)", RegexOptions.CultureInvariant)]
    private static partial Regex OpenPiece();
}

/// <summary>A car as prompts speak of it.</summary>
/// <param name="Lora">Its LoRA's name.</param>
/// <param name="Features">What is special about it, e.g. <c>hidden door handles</c>; null or empty where nothing is known.</param>
public sealed record PromptedCar(string Name, string Lora, IReadOnlyList<string>? Features = null)
{
    public string FeatureWords => string.Join(", ", Features ?? []);
}

/// <summary>A template's prompts for two cars.</summary>
/// <param name="Scene">Of the whole picture.</param>
/// <param name="IsOne">The scene's prompt names both LoRAs, and is all there is.</param>
public sealed record ComparisonPrompts(string Scene, string Left, string Right, bool IsOne)
{
    /// <summary>As a manifest shows them.</summary>
    public override string ToString() => IsOne ? Scene : $"{Scene}\n{Left}\n{Right}";
}

/// <summary>The comparison one gets who asks for nothing special: what the command line and <c>comparisons.yaml</c> need not say.</summary>
public static class ComparisonDefaults
{
    public const int MostRenderings = 16;

    public const string Merge = "merge";

    /// <summary>Of the whole picture: layout, background, light.</summary>
    public const string Prompt = "two cars side by side, {left} on the left, {right} on the right, {scene}, high detail, wide angle";

    public const string CarPrompt = "{car}, <lora:{lora}:{strength}> {scene}, high detail";

    public const string Method = "halves";

    /// <summary>Ways of keeping two LoRAs apart; merge does not, and is there to compare with.</summary>
    public static IReadOnlyList<string> Methods { get; } = ["halves", "masks", "solo-first", "attention", "delta-mask", Merge];

    public const string Layout = "side-by-side";

    public const string Stacked = "stacked";

    public static IReadOnlyList<string> Layouts { get; } = [Layout, Stacked];

    public const string Format = "png";

    /// <summary>As files end.</summary>
    public static IReadOnlyList<string> Formats { get; } = [Format, "jpg", "webp"];

    public const string Brackets = "weight";

    public static IReadOnlyList<string> BracketMeanings { get; } = [Brackets, "schedule"];

    public const string NegativePrompt = "low quality, blurry, distorted wheels, extra doors, logo, watermark";

    /// <summary>Between 0.6, where one starts, and 0.9, above which cars distort.</summary>
    public const double LoraStrength = 0.7;

    /// <summary>Two halves of 512 that overlap: each car gets the size that Stable Diffusion 1.5 knows.</summary>
    public const int Width = 960;

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
            ["highway"] = "highway, clear sky, daylight",
            ["night"] = "night, street lights, neon reflections",
            ["rain"] = "heavy rain, wet road, overcast sky",
            ["studio"] = "studio, plain background, soft light",
        };
}
