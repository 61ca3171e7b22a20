namespace LoraFunctions.Pipeline.Messages;

/// <summary>How much of a night runs at once.</summary>
public sealed record NightSettings(int MaxListingsAtOnce, int MaxModelsAtOnce, int MaxComparisonsAtOnce);
