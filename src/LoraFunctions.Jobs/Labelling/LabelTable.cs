namespace LoraFunctions.Jobs.Labelling;

/// <summary><c>labels.yaml</c>: what CLIP is asked about a photo, and how the answers become a caption.</summary>
/// <param name="Caption">
/// Parts of a caption in their order: <see cref="NamePart"/>, <see cref="FeaturesPart"/> or a group's name. Parts without words are left
/// out.
/// </param>
public sealed record LabelTable(IReadOnlyList<string> Caption, IReadOnlyList<LabelGroup> Groups)
{
    /// <summary>Stands for the car model's display name.</summary>
    public const string NamePart = "name";

    /// <summary>Stands for the features that were given, not asked.</summary>
    public const string FeaturesPart = "features";

    /// <summary>What decides whether a photo is used at all.</summary>
    public LabelGate Gate { get; init; } = LabelGate.None;

    /// <summary>
    /// The caption for the labels of one photo, e.g. <c>Tesla Model Y, hidden door handles, black roof, side view, daylight</c>.
    /// </summary>
    public string CaptionOf(string displayName, IReadOnlyList<string> features, IReadOnlyList<AssignedLabel> labels) =>
        string.Join(
            ", ",
            Caption
                .SelectMany(
                    IEnumerable<string> (part) =>
                        part switch
                        {
                            NamePart => [displayName],
                            FeaturesPart => features,
                            _ => [labels.Single(l => l.Group == part).Word ?? ""],
                        })
                .Where(word => !string.IsNullOrWhiteSpace(word)));

    /// <summary>
    /// What a person's caption answers, group by group: the one candidate whose word is a part of it; where none is, the candidate without a word, if
    /// there is just one; else null.
    /// </summary>
    public IReadOnlyList<int?> AnswersOf(string caption)
    {
        ArgumentNullException.ThrowIfNull(caption);
        var parts = caption.Split(',', StringSplitOptions.TrimEntries).Where(part => part.Length > 0).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return [.. Groups.Select(group => Only(group, word => parts.Contains(word)) ?? Only(group, word => word.Length == 0))];
    }

    private static int? Only(LabelGroup group, Func<string, bool> which) =>
        group.Candidates.Index().Where(candidate => which(candidate.Item.Word)).Select(candidate => (int?)candidate.Index).ToArray() is [var only] ? only : null;
}
