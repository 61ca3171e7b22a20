using LoraFunctions.Pipeline;
using LoraFunctions.Pipeline.Storage;

namespace LoraFunctions.Cli.Nightly.Demo;

/// <summary>
/// The demo's YAML. It is laid into the demo's folder once, where a person can change it, and goes from there to the container
/// <c>config</c> before every night.
/// </summary>
internal sealed class DemoConfiguration(string folder)
{
    /// <summary>
    /// File in the container to file of the samples beside the program; a real model needs larger pictures than the small one can stand.
    /// </summary>
    private static Dictionary<string, string> Samples(bool realModel)
    {
        string size = realModel ? "demo-real" : "demo";
        return new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [BlobNames.LabelTable] = realModel ? "labels.yaml" : "demo/labels.yaml",
            [BlobNames.BrandSafety] = "brand-safety.yaml",
            [BlobNames.TrainingDefaults] = $"{size}/training.yaml",
            [BlobNames.Comparisons] = $"{size}/comparisons.yaml",
        };
    }

    /// <summary>What is not in the folder yet is copied there.</summary>
    public void Lay(bool realModel)
    {
        foreach ((string name, string sample) in Samples(realModel))
        {
            string path = Path.Combine(folder, name);
            if (!File.Exists(path))
            {
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                File.Copy(Path.Combine(AppContext.BaseDirectory, "config", sample), path);
            }
        }
    }

    /// <summary>How long it trains and how it draws, as it stands in the folder now.</summary>
    public string Summary()
    {
        IEnumerable<string> Lines(string name, params string[] keys) =>
            File.ReadLines(Path.Combine(folder, name)).Select(line => line.Split('#')[0].Trim()).Where(line => keys.Any(key => line.StartsWith(key + ":", StringComparison.Ordinal)));
        return string.Join(", ",
            Lines(BlobNames.TrainingDefaults, "epochs", "batch_size", "lora_rank", "learning_rate", "resolution")
                .Concat(Lines(BlobNames.Comparisons, "seeds", "steps", "guidance_scale", "sampler")));
    }

    /// <summary>Brings every YAML of the folder to the container, where it differs.</summary>
    public async Task UploadAsync(Azure.Storage.Blobs.BlobServiceClient service, BlobStore blobs, CancellationToken cancellationToken)
    {
        foreach (string path in Directory.EnumerateFiles(folder, "*.yaml", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            string name = Path.GetRelativePath(folder, path).Replace('\\', '/');
            byte[] content = await File.ReadAllBytesAsync(path, cancellationToken);
            BlobRef? there = await blobs.StatAsync(ContainerNames.Config, name, cancellationToken);
            if (there?.Sha256 != Digests.OfBytes(content))
            {
                // Configuration is a person's own and the one thing that is overwritten.
                await service.GetBlobContainerClient(ContainerNames.Config).GetBlobClient(name).UploadAsync(
                    new BinaryData(content),
                    overwrite: true,
                    cancellationToken);
            }
        }
    }
}
