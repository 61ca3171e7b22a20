namespace LoraFunctions.Pipeline.Library;

/// <summary>One car of a picture.</summary>
/// <param name="Lora">Name in <c>loras</c>.</param>
public sealed record PublishedSide(string ModelKey, string DisplayName, string Lora, string LoraSha256);
