namespace LoraFunctions.Pipeline.Contracts;

/// <summary>When a job ran.</summary>
public sealed record JobTimes(DateTimeOffset StartedAt, DateTimeOffset EndedAt);
