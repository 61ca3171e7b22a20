namespace LoraFunctions.Pipeline.Comparisons;

/// <summary><c>config/comparisons.yaml</c>: which pairs are rendered, in which scenes, how.</summary>
/// <param name="Seeds">One picture each, for every pair and scene.</param>
/// <param name="Templates">By name; their <see cref="ComparisonTemplate.ScenePrompt"/> is still empty.</param>
/// <param name="DefaultTemplate">For pairs that name none.</param>
/// <param name="Rule">Null: only the pairs that are listed.</param>
internal sealed record ComparisonsConfiguration(
    IReadOnlyList<long> Seeds,
    IReadOnlyList<ComparisonScene> Scenes,
    IReadOnlyDictionary<string, ComparisonTemplate> Templates,
    string DefaultTemplate,
    IReadOnlyList<ComparisonPair> Pairs,
    ComparisonRule? Rule);

/// <summary>Where the cars are, and what this scene wants otherwise than its template; null: as the template has it.</summary>
/// <param name="Name">Part of file names.</param>
/// <param name="Prompt">The words that stand for it.</param>
internal sealed record ComparisonScene(string Name, string Prompt)
{
    /// <inheritdoc cref="ComparisonTemplate.Version"/>
    public int? Version { get; init; }

    public string? NegativePrompt { get; init; }

    /// <inheritdoc cref="ComparisonTemplate.View"/>
    public string? View { get; init; }

    public string? Layout { get; init; }

    public string? Method { get; init; }

    public double? LoraStrength { get; init; }

    /// <summary>The template with this scene put in.</summary>
    public ComparisonTemplate In(ComparisonTemplate template) => template with
    {
        ScenePrompt = Prompt,
        SceneVersion = Version,
        View = View,
        NegativePrompt = NegativePrompt ?? template.NegativePrompt,
        Layout = Layout ?? template.Layout,
        Method = Method ?? template.Method,
        LoraStrength = LoraStrength ?? template.LoraStrength,
    };
}

/// <summary>A pair that is asked for by name.</summary>
/// <param name="Left">Model key.</param>
/// <param name="Right">Model key.</param>
/// <param name="Scenes">Empty: every scene.</param>
/// <param name="Template">Null: the default.</param>
internal sealed record ComparisonPair(string Left, string Right, IReadOnlyList<string> Scenes, string? Template);

/// <summary>Pairs that nobody listed: every two released car models that have a LoRA, in the order of their keys.</summary>
/// <param name="SameSegment">Only two of one segment.</param>
/// <param name="MaxPriceRatio">Only two of one price band: the dearer costs at most so many times the other; null: whatever they cost.</param>
/// <param name="MaxPairs">The rest is left out.</param>
/// <param name="Scenes">Empty: every scene.</param>
/// <param name="Template">Null: the default.</param>
internal sealed record ComparisonRule(bool SameSegment, int MaxPairs, IReadOnlyList<string> Scenes, string? Template, double? MaxPriceRatio = null);
