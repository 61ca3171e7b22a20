using LoraFunctions.Imaging;
using LoraFunctions.Imaging.Gate;

namespace LoraFunctions.Jobs.Labelling;

/// <summary>What labelling wrote.</summary>
/// <param name="MetadataPath">The captions.</param>
/// <param name="LabelsPath">The labels and scores behind them.</param>
/// <param name="Photos">Those that are used, in the order of the file names.</param>
public sealed record LabellingResult(string MetadataPath, string LabelsPath, IReadOnlyList<LabelledPhoto> Photos)
{
    /// <summary>Photos that the table's gate does not let through; they have no caption.</summary>
    public IReadOnlyList<ClipRejection> Rejected { get; init; } = [];

    /// <summary>Files among the photos that are none, with the reason.</summary>
    public IReadOnlyList<NamedFile> PassedOver { get; init; } = [];

    /// <summary>What corrections changed on other photos, one a group that a person has said something about.</summary>
    public IReadOnlyList<LearntGroup> Learnt { get; init; } = [];

    /// <summary>One a group where a truth file was given.</summary>
    public IReadOnlyList<LabelAccuracy> Accuracy { get; init; } = [];

    /// <summary>Where a person's words differ from CLIP's: the photo, the group, both words.</summary>
    public IReadOnlyList<string> Differences { get; init; } = [];

    /// <summary>What the set lacks, and what to photograph.</summary>
    public IReadOnlyList<string> Missing { get; init; } = [];
}
