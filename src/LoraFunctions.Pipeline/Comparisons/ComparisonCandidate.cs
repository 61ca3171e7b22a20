namespace LoraFunctions.Pipeline.Comparisons;

/// <summary>A car model that may stand on one side of a comparison.</summary>
/// <param name="Objection">Why it cannot be rendered; null when it can.</param>
internal sealed record ComparisonCandidate(string ModelKey, string Segment, string? Objection);
