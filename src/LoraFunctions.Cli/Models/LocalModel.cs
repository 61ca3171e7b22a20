using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Pipeline.Storage;

namespace LoraFunctions.Cli.Models;

/// <summary>A model on this machine as it goes into a storage: its name there and its files.</summary>
/// <param name="Path">A checkpoint file, or a folder in diffusers, HF or open_clip layout.</param>
/// <param name="LeftOut">Files of the folder that nothing here reads: pickles, pictures, other frameworks' weights.</param>
internal sealed record LocalModel(string Name, string Path, IReadOnlyList<LocalModelFile> Files, IReadOnlyList<string> LeftOut)
{
    private static readonly string[] Read = [".safetensors", ".json", ".txt"];

    private static readonly string[] Vocabulary = ["vocab.json", "merges.txt"];

    /// <param name="name">Null: that of the file or folder.</param>
    /// <exception cref="InvalidJobInputException">There is nothing at the path.</exception>
    public static LocalModel Of(string path, string? name)
    {
        var full = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        var own = File.Exists(full) ? System.IO.Path.GetFileNameWithoutExtension(full) : System.IO.Path.GetFileName(full);
        var files = File.Exists(full) ? WithVocabulary(full) : BaseModelCatalog.FilesOf(full);
        var kinds = files.ToLookup(file => Read.Contains(System.IO.Path.GetExtension(file.Name), StringComparer.OrdinalIgnoreCase));
        return new LocalModel(name ?? ModelKeys.Slug(own), path, [.. kinds[true]], [.. kinds[false].Select(file => file.Name)]);
    }

    /// <summary>Everything that would make a night's jobs fail for this model, found in the headers; CLIP, a small model, is loaded.</summary>
    /// <exception cref="CheckpointException">It is neither a Stable Diffusion 1.5 nor a CLIP, or damaged; every fault is in it.</exception>
    public void Check()
    {
        if (LeftOut.FirstOrDefault(name => name.EndsWith(".partial", StringComparison.Ordinal)) is { } partial)
        {
            throw new CheckpointException($"{System.IO.Path.Combine(Path, partial)}: is a part of a download; 'lora models pull' goes on with it.");
        }

        if (Files.Any(file => file.Name is "config.json" or "open_clip_config.json"))
        {
            ClipModel.Load(Path).Dispose();
            return;
        }

        string[] weights =
        [
            .. Files.Where(file => !file.Name.Contains('/', StringComparison.Ordinal) && file.Name.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase))
                .Select(file => file.Path),
        ];
        if (weights.Length > 1 && Files.All(file => file.Name != "model_index.json"))
        {
            throw new CheckpointException($"{Path}: holds several checkpoints ({string.Join(", ", weights.Select(System.IO.Path.GetFileName))}); give one of them.");
        }

        StableDiffusionModel.Check(weights is [{ } only] ? only : Path);
    }

    /// <summary>A single file's vocabulary lies beside it or in <c>tokenizer</c>, and comes along.</summary>
    private static List<LocalModelFile> WithVocabulary(string file)
    {
        var beside = System.IO.Path.GetDirectoryName(file)!;
        var tokenizer = System.IO.Path.Combine(beside, "tokenizer");
        var folder = File.Exists(System.IO.Path.Combine(tokenizer, Vocabulary[0])) ? tokenizer : beside;
        return
        [
            new(System.IO.Path.GetFileName(file), file),
            .. Vocabulary.Select(name => new LocalModelFile($"tokenizer/{name}", System.IO.Path.Combine(folder, name))).Where(each => File.Exists(each.Path)),
        ];
    }
}
