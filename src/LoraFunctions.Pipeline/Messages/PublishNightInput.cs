namespace LoraFunctions.Pipeline.Messages;

/// <summary>Input of <see cref="Activities.ActivityNames.PublishNight"/>.</summary>
/// <param name="Comparisons">Those whose job succeeded.</param>
public sealed record PublishNightInput(string Date, IReadOnlyList<RenderedComparison> Comparisons);
