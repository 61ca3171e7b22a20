namespace LoraFunctions.Pipeline.Messages;

/// <summary>Input of <see cref="Activities.ActivityNames.PublishLora"/>; the result is the <see cref="Contracts.BlobRef"/> of the LoRA.</summary>
public sealed record PublishLoraInput(string ModelKey, string JobId);
