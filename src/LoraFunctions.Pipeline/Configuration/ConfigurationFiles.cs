using LoraFunctions.Pipeline.Comparisons;
using LoraFunctions.Pipeline.Storage;

namespace LoraFunctions.Pipeline.Configuration;

/// <summary>The container <c>config</c> from a folder that looks like it: <c>training/*.yaml</c>, labels and corrections of them, comparisons, brand safety.</summary>
public static class ConfigurationFiles
{
    private const string Training = "training/";

    /// <summary>Files of the folder that a night reads, by their names in the container, in ordinal order.</summary>
    public static SortedDictionary<string, string> In(string folder)
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            var name = Path.GetRelativePath(folder, path).Replace('\\', '/');
            if (name is BlobNames.LabelTable or BlobNames.Corrections or BlobNames.Comparisons or BlobNames.BrandSafety || (IsTraining(name) && name.EndsWith(".yaml", StringComparison.Ordinal)))
            {
                files.Add(name, path);
            }
        }

        return files;
    }

    /// <summary>Whether it is a training's: the defaults, or a car model's own.</summary>
    public static bool IsTraining(string name) => name.StartsWith(Training, StringComparison.Ordinal) && name.IndexOf('/', Training.Length) < 0;

    /// <summary>What the pipeline itself reads is read; the others are their jobs' to read.</summary>
    /// <exception cref="InvalidJobInputException">Something is wrong; every problem is in it.</exception>
    public static void Check(string name, string path)
    {
        switch (name)
        {
            case BlobNames.Comparisons:
                ComparisonsReader.Read(path, File.ReadAllBytes(path));
                break;
            case BlobNames.BrandSafety:
                BrandSafety.Read(path, File.ReadAllBytes(path));
                break;
        }
    }

    /// <summary>Brings a file into the container; configuration is a person's own and is overwritten.</summary>
    /// <returns>False where it was there already.</returns>
    /// <exception cref="IOException">Somebody else writes it at this moment.</exception>
    public static async Task<bool> PushAsync(BlobStore blobs, string name, string path, CancellationToken cancellationToken)
    {
        var content = await File.ReadAllBytesAsync(path, cancellationToken);
        var there = await blobs.StatAsync(ContainerNames.Config, name, cancellationToken);
        if (there?.Sha256 == Digests.OfBytes(content))
        {
            return false;
        }

        return await blobs.TryReplaceAsync(ContainerNames.Config, name, content, there, BlobHeaders.For(name), cancellationToken) is not null
            ? true
            : throw new IOException($"{ContainerNames.Config}/{name} was changed by somebody else just now. Look at it, then push again.");
    }
}
