namespace LoraFunctions.Pipeline.Listings;

/// <summary>A file beside a listing's photos that is none.</summary>
public sealed record IgnoredFile(string Name, string Reason);
