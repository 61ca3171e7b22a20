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
}
