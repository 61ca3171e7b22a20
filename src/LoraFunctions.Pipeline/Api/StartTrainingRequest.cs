namespace LoraFunctions.Pipeline.Api;

/// <summary>Body of a training on demand.</summary>
/// <param name="ModelKey">A car model that has a data set.</param>
/// <param name="IdempotencyKey">Optional. The same key starts one training however often it is sent; another key trains again on the same inputs.</param>
public sealed record StartTrainingRequest(string? ModelKey, string? IdempotencyKey = null);
