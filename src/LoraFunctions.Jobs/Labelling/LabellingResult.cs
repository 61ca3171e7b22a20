using LoraFunctions.Imaging;

namespace LoraFunctions.Jobs.Labelling;

/// <summary>What labelling wrote.</summary>
/// <param name="MetadataPath">The captions.</param>
/// <param name="LabelsPath">The labels and scores behind them.</param>
/// <param name="Photos">In the order of the file names.</param>
public sealed record LabellingResult(string MetadataPath, string LabelsPath, IReadOnlyList<LabelledPhoto> Photos)
{
    /// <summary>Files among the photos that are none, with the reason.</summary>
    public IReadOnlyList<NamedFile> PassedOver { get; init; } = [];
}
