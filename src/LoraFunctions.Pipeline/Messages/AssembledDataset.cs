
namespace LoraFunctions.Pipeline.Messages;

/// <summary>Result of <see cref="Activities.ActivityNames.AssembleDataset"/>.</summary>
/// <param name="Photos">0 when the model has no photos yet.</param>
/// <param name="LeftOut">Listings whose labels cannot be used, with the reason; the next night takes them up again.</param>
/// <param name="Dataset">A <see cref="DatasetManifest"/> as JSON; null when the model has no data set yet.</param>
public sealed record AssembledDataset(string DisplayName, int Photos, BlobRef? Dataset, IReadOnlyList<ReportedProblem> LeftOut);
