using LoraFunctions.Pipeline.Storage;

namespace LoraFunctions.Pipeline.Training;

/// <summary>The LoRAs in <see cref="ContainerNames.Loras"/>.</summary>
internal sealed class LoraStore(BlobStore blobs)
{
    /// <summary>The car model's newest; null when it has none.</summary>
    public Task<PublishedLora?> LatestAsync(string modelKey, CancellationToken cancellationToken) =>
        blobs.TryReadJsonAsync<PublishedLora>(ContainerNames.Loras, BlobNames.LoraLatest(modelKey), cancellationToken);

    /// <summary>The newest of every car model, by key.</summary>
    public async Task<IReadOnlyDictionary<string, PublishedLora>> AllAsync(CancellationToken cancellationToken)
    {
        var all = new SortedDictionary<string, PublishedLora>(StringComparer.Ordinal);
        foreach (var modelKey in await blobs.ListFoldersAsync(ContainerNames.Loras, cancellationToken))
        {
            if (await LatestAsync(modelKey, cancellationToken) is { } lora)
            {
                all.Add(modelKey, lora);
            }
        }

        return all;
    }

    public static BlobRef Reference(PublishedLora lora) => new(ContainerNames.Loras, lora.Lora, "", lora.Sha256);
}
