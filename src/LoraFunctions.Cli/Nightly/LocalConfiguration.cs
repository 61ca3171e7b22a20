using LoraFunctions.Pipeline.Configuration;
using LoraFunctions.Pipeline.Storage;

namespace LoraFunctions.Cli.Nightly;

/// <summary>
/// The YAML of a night on this machine. It is laid into the night's folder once, where a person can change it, and goes from there to the
/// container <c>config</c> before every night.
/// </summary>
internal sealed class LocalConfiguration(string folder)
{
    /// <summary>
    /// File in the container to file of the samples beside the program; a real model needs larger pictures than the small one can stand, and
    /// each CLIP knows sentences of its own.
    /// </summary>
    private static Dictionary<string, string> Samples(LocalModels models)
    {
        string size = models.IsSmall ? "demo" : "demo-real";
        return new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [BlobNames.LabelTable] = models.LabelTable,
            [BlobNames.BrandSafety] = "brand-safety.yaml",
            [BlobNames.TrainingDefaults] = $"{size}/training.yaml",
            [BlobNames.Comparisons] = $"{size}/comparisons.yaml",
        };
    }

    public string Folder => folder;

    /// <summary>The file that holds: the folder's, or the sample that is laid there.</summary>
    /// <param name="name">As in the container.</param>
    public string Source(string name, LocalModels models) =>
        Path.Combine(folder, name) is var laid && File.Exists(laid) ? laid : SamplePath(Samples(models)[name]);

    /// <summary>What is not in the folder yet is copied there.</summary>
    public void Lay(LocalModels models)
    {
        foreach ((string name, string sample) in Samples(models))
        {
            string path = Path.Combine(folder, name);
            if (!File.Exists(path))
            {
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                File.Copy(SamplePath(sample), path);
            }
        }
    }

    /// <summary>How long it trains and how it draws, as it stands in the folder now.</summary>
    public string Summary(LocalModels models)
    {
        IEnumerable<string> Lines(string name, params string[] keys) =>
            File.ReadLines(Source(name, models)).Select(line => line.Split('#')[0].Trim()).Where(line => keys.Any(key => line.StartsWith(key + ":", StringComparison.Ordinal)));
        return string.Join(", ",
            Lines(BlobNames.TrainingDefaults, "epochs", "batch_size", "lora_rank", "learning_rate", "resolution")
                .Concat(Lines(BlobNames.Comparisons, "seeds", "steps", "guidance_scale", "sampler")));
    }

    /// <summary>Brings every YAML of the folder to the container, where it differs.</summary>
    public async Task UploadAsync(BlobStore blobs, CancellationToken cancellationToken)
    {
        foreach ((string name, string path) in ConfigurationFiles.In(folder))
        {
            await ConfigurationFiles.PushAsync(blobs, name, path, cancellationToken);
        }
    }

    private static string SamplePath(string sample) => Path.Combine(AppContext.BaseDirectory, "config", sample);
}
