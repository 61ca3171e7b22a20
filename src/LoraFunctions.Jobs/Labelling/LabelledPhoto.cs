namespace LoraFunctions.Jobs.Labelling;

/// <summary>One photo's caption and the labels it was made of.</summary>
/// <param name="Corrected">The caption is a person's, from <see cref="LabelFiles.Overrides"/>.</param>
/// <param name="Labels">One a group of the label table, in its order.</param>
public sealed record LabelledPhoto(string FileName, string Caption, bool Corrected, IReadOnlyList<AssignedLabel> Labels)
{
    /// <summary>What speaks against the photo, one a question of the table's gate.</summary>
    public IReadOnlyList<GateScore> Gate { get; init; } = [];
}
