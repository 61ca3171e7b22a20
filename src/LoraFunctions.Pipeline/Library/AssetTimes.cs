namespace LoraFunctions.Pipeline.Library;

/// <summary>When a night was published.</summary>
public sealed record AssetTimes(DateTimeOffset PublishedAt);
