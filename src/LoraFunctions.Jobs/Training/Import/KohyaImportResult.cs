namespace LoraFunctions.Jobs.Training.Import;

/// <summary>An imported configuration.</summary>
/// <param name="Yaml">The training YAML, with the key each line comes from and, as comments, everything that was not taken over.</param>
/// <param name="Warnings">What makes the training differ from the other tool's; a line each, in the YAML too.</param>
/// <param name="Name">What the other tool would call the LoRA; null when it does not say.</param>
/// <param name="MetadataPath">The captions that were written; null when none were.</param>
public sealed record KohyaImportResult(string Yaml, IReadOnlyList<string> Warnings, string? Name, string? MetadataPath);
