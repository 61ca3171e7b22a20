
namespace LoraFunctions.Pipeline.Datasets;

/// <summary>A committed data set.</summary>
/// <param name="Ref">Its <c>dataset.json</c>.</param>
internal sealed record StoredDataset(BlobRef Ref, DatasetManifest Manifest);
