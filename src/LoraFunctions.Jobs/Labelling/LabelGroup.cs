namespace LoraFunctions.Jobs.Labelling;

/// <summary>One question to CLIP: which of the candidates fits the photo best.</summary>
/// <param name="Name">E.g. <c>view</c>.</param>
/// <param name="Threshold">
/// Null: the best candidate is always taken. Else the group is optional: a best candidate with less than this probability says nothing.
/// </param>
public sealed record LabelGroup(string Name, IReadOnlyList<LabelCandidate> Candidates, double? Threshold)
{
    /// <summary>A best candidate that leads the second by less says nothing; 0: it always speaks.</summary>
    public double Margin { get; init; }

    /// <summary>Logits are divided by it, so that probabilities are as often right as they say; <c>lora label --truth</c> fits it.</summary>
    public double Temperature { get; init; } = 1;
}
