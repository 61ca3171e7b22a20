
namespace LoraFunctions.Pipeline.Messages;

/// <summary>Result of <see cref="Activities.ActivityNames.PublishNight"/>.</summary>
/// <param name="Manifest">Null when there was nothing to publish.</param>
/// <param name="Problems">Pictures that were not published, with the reason.</param>
public sealed record PublishedNight(int Pictures, BlobRef? Manifest, IReadOnlyList<ReportedProblem> Problems);
