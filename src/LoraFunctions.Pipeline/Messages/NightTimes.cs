namespace LoraFunctions.Pipeline.Messages;

/// <summary>When a night ended.</summary>
public sealed record NightTimes(DateTimeOffset EndedAt);
