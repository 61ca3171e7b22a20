namespace LoraFunctions.Pipeline.Messages;

/// <summary>Input of <see cref="Activities.ActivityNames.PublishLora"/>; the result is the <see cref="BlobRef"/> of the LoRA.</summary>
/// <param name="Night">The night's date; null when a person asked.</param>
public sealed record PublishLoraInput(string ModelKey, string JobId, string? Night);
