using System.Globalization;
using System.Text.RegularExpressions;

namespace LoraFunctions.Pipeline.Contracts;

/// <summary>
/// Render one pair of car models in one scene, one picture per seed. No date is in it: where nothing changed since an earlier night,
/// the job is the same and so are its pictures.
/// </summary>
/// <param name="Template">The prompt template after its choice; the worker fills in the two cars.</param>
public sealed partial record RenderJobSpec(
    int SchemaVersion,
    string JobId,
    int NumericsRevision,
    ComparedModel Left,
    ComparedModel Right,
    string Scene,
    ComparisonTemplate Template,
    IReadOnlyList<long> Seeds,
    BaseModelRef BaseModel)
{
    public const int CurrentSchemaVersion = 1;

    /// <summary>The prompt as the worker renders it. It names LoRAs by their files, which the worker calls as the car models' keys.</summary>
    public string Prompt() =>
        Placeholder().Replace(
            Template.Prompt,
            match => match.Groups[1].Value switch
            {
                "left" => Left.DisplayName,
                "right" => Right.DisplayName,
                "left_lora" => Left.ModelKey,
                "right_lora" => Right.ModelKey,
                "strength" => Template.LoraStrength.ToString(CultureInfo.InvariantCulture),
                "scene" => Template.ScenePrompt,
                _ => match.Value,
            });

    [GeneratedRegex(@"\{(\w+)\}")]
    private static partial Regex Placeholder();
}
