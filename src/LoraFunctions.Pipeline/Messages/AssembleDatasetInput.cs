namespace LoraFunctions.Pipeline.Messages;

/// <summary>Input of <see cref="Activities.ActivityNames.AssembleDataset"/>.</summary>
public sealed record AssembleDatasetInput(string ModelKey, IReadOnlyList<GatedAndLabelled> Listings);
