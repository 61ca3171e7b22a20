namespace LoraFunctions.Pipeline.Configuration;

/// <summary>Pairs that nobody listed: every two released car models that have a LoRA, in the order of their keys.</summary>
/// <param name="SameSegment">Only two of one segment.</param>
/// <param name="MaxPairs">The rest is left out.</param>
/// <param name="Scenes">Empty: every scene.</param>
/// <param name="Template">Null: the default.</param>
internal sealed record ComparisonRule(bool SameSegment, int MaxPairs, IReadOnlyList<string> Scenes, string? Template);
