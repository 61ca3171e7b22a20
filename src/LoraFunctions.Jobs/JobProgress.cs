namespace LoraFunctions.Jobs;

/// <summary>Where a job stands; written to a small status blob and shown as a bar.</summary>
/// <param name="Stage">One or two words for a person: <c>labelling</c>, <c>caching latents</c>, <c>training</c>, <c>rendering</c>.</param>
/// <param name="Done">Units done, of <paramref name="Total"/> in this stage.</param>
/// <param name="Loss">Training only: the last step's.</param>
public sealed record JobProgress(string Stage, int Done, int Total, double? Loss = null);
