namespace LoraFunctions.Pipeline.Comparisons;

/// <summary>A pair that is to be rendered.</summary>
/// <param name="Scenes">Names.</param>
internal sealed record ChosenPair(string Left, string Right, IReadOnlyList<string> Scenes, string Template);
