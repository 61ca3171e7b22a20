using LoraFunctions.Pipeline.Library;
using LoraFunctions.Pipeline.Storage;
using LoraFunctions.Pipeline.Training;

namespace LoraFunctions.Cli.Nightly;

/// <summary>Copies what a night made to folders, where a person can open it.</summary>
internal sealed class LocalCopies(BlobStore blobs, string folder)
{
    public string AssetLibrary => Path.Combine(folder, "asset-library");

    public string Loras => Path.Combine(folder, "loras");

    /// <summary>Everything of the night's date in the asset library, under the same names.</summary>
    /// <returns>The manifest's path; null when nothing was published.</returns>
    public async Task<string?> CopyAssetsAsync(string date, CancellationToken cancellationToken)
    {
        AssetPointer? latest = await blobs.TryReadJsonAsync<AssetPointer>(
            ContainerNames.AssetLibrary,
            BlobNames.AssetsLatest,
            cancellationToken);
        foreach (BlobEntry entry in await blobs.ListAsync(ContainerNames.AssetLibrary, $"{date}/", cancellationToken))
        {
            await CopyAsync(ContainerNames.AssetLibrary, entry.Name, Path.Combine(AssetLibrary, entry.Name), cancellationToken);
        }

        return latest?.Date == date ? Path.Combine(AssetLibrary, latest.Manifest) : null;
    }

    /// <summary>Every car model's newest LoRA, as <c>{modelKey}.safetensors</c>.</summary>
    /// <returns>Paths, in the order of the model keys.</returns>
    public async Task<IReadOnlyList<string>> CopyLorasAsync(CancellationToken cancellationToken)
    {
        var paths = new List<string>();
        foreach (string modelKey in await blobs.ListFoldersAsync(ContainerNames.Loras, cancellationToken))
        {
            PublishedLora? lora = await blobs.TryReadJsonAsync<PublishedLora>(
                ContainerNames.Loras,
                BlobNames.LoraLatest(modelKey),
                cancellationToken);
            if (lora is not null)
            {
                string path = Path.Combine(Loras, $"{modelKey}.safetensors");
                await CopyAsync(ContainerNames.Loras, lora.Lora, path, cancellationToken);
                paths.Add(path);
            }
        }

        return paths;
    }

    private async Task CopyAsync(string container, string name, string path, CancellationToken cancellationToken)
    {
        BlobRef blob = await blobs.StatAsync(container, name, cancellationToken)
            ?? throw new MissingBlobException(container, name, blobs.Uri);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await blobs.DownloadAsync(blob, path, cancellationToken);
    }
}
