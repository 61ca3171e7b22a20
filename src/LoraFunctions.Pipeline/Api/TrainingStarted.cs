namespace LoraFunctions.Pipeline.Api;

/// <summary>Answer to a start.</summary>
/// <param name="Id">For <see cref="ApiRoutes.Training"/>.</param>
/// <param name="AlreadyThere">The training runs already; nothing was started.</param>
public sealed record TrainingStarted(string Id, bool AlreadyThere);
