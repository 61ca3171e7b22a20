namespace LoraFunctions.Pipeline.Messages;

/// <summary>Input of <see cref="Activities.ActivityNames.ReadJobResult"/>.</summary>
public sealed record ReadJobResultInput(string JobId);
