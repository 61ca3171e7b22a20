namespace LoraFunctions.Pipeline.Configuration;

/// <summary><c>config/comparisons.yaml</c>: which pairs are rendered, in which scenes, how.</summary>
/// <param name="Seeds">One picture each, for every pair and scene.</param>
/// <param name="Scenes">Name and the words that stand for it.</param>
/// <param name="Templates">By name; their <see cref="ComparisonTemplate.ScenePrompt"/> is still empty.</param>
/// <param name="DefaultTemplate">For pairs that name none.</param>
/// <param name="Rule">Null: only the pairs that are listed.</param>
internal sealed record ComparisonsConfiguration(
    IReadOnlyList<long> Seeds,
    IReadOnlyList<KeyValuePair<string, string>> Scenes,
    IReadOnlyDictionary<string, ComparisonTemplate> Templates,
    string DefaultTemplate,
    IReadOnlyList<ComparisonPair> Pairs,
    ComparisonRule? Rule);
