namespace LoraFunctions.Pipeline.Configuration;

/// <summary>A pair that is asked for by name.</summary>
/// <param name="Left">Model key.</param>
/// <param name="Right">Model key.</param>
/// <param name="Scenes">Empty: every scene.</param>
/// <param name="Template">Null: the default.</param>
internal sealed record ComparisonPair(string Left, string Right, IReadOnlyList<string> Scenes, string? Template);
