namespace LoraFunctions.Pipeline.Messages;

/// <summary>One pair of car models in one scene.</summary>
/// <param name="Left">Model key.</param>
/// <param name="Right">Model key.</param>
public sealed record PlannedComparison(string Left, string Right, string Scene, PreparedJob Job);
