namespace LoraFunctions.Imaging.Metadata;

/// <summary>What a finished picture says about itself.</summary>
/// <param name="Parameters">How it was made, in WebUI's words (prompt, negative prompt, steps ...); null when it does not say.</param>
/// <param name="Label">The implicit AI label, with IPTC's source type; null when it has none.</param>
public sealed record PictureMetadata(string? Parameters, AiLabel? Label);
