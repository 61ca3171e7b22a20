namespace LoraFunctions.Jobs.Labelling;

/// <summary>What CLIP says about one photo in one group.</summary>
/// <param name="Group">Name in the label table, e.g. <c>view</c>.</param>
/// <param name="Word">The best candidate, e.g. <c>side view</c>; null when the group is optional and the best stays below its threshold.</param>
/// <param name="Probability">The best candidate's share of the group's softmax, 0 to 1.</param>
/// <param name="Margin">Its lead over the second, 0 to 1.</param>
public sealed record AssignedLabel(string Group, string? Word, double Probability, double Margin);
