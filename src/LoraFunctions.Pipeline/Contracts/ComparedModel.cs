namespace LoraFunctions.Pipeline.Contracts;

/// <summary>One side of a comparison.</summary>
/// <param name="Lora">The published LoRA in <see cref="Storage.ContainerNames.Loras"/>.</param>
public sealed record ComparedModel(string ModelKey, string DisplayName, BlobRef Lora);
