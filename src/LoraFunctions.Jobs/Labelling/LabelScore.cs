namespace LoraFunctions.Jobs.Labelling;

/// <summary>One candidate's share of its group's softmax, 0 to 1.</summary>
public sealed record LabelScore(string Word, double Probability);
