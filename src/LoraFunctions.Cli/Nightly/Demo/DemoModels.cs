using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Jobs;
using LoraFunctions.Pipeline;
using LoraFunctions.Pipeline.Storage;
using LoraFunctions.Showroom;

namespace LoraFunctions.Cli.Nightly.Demo;

/// <summary>The demo's models: small ones that know drawn cars, or a real Stable Diffusion in the base model's place.</summary>
internal sealed class DemoModels(BaseModelCatalog catalog, string folder, Action<string> say)
{
    public const string SmallName = "showroom";

    public const string ClipName = "showroom-clip";

    /// <summary>Loads a checkpoint, so that a wrong one is told of before anything is made.</summary>
    /// <exception cref="CheckpointException">It is no Stable Diffusion 1.5, or damaged; every fault is in it.</exception>
    public static void Check(string given, Action<string> say)
    {
        say($"Checking {given} ...");
        StableDiffusionModel.Load(given).Dispose();
    }

    /// <summary>Sees to it that CLIP and base model are in the storage.</summary>
    /// <param name="given">A checkpoint file or folder; null: the small one.</param>
    /// <returns>The base model's name there.</returns>
    public async Task<string> EnsureAsync(string? given, CancellationToken cancellationToken)
    {
        if (!await IsThereAsync(ClipName, cancellationToken))
        {
            await UploadAsync(ClipName, ShowroomModels.Clip, cancellationToken);
        }

        if (given is not null)
        {
            return await EnsureGivenAsync(given, cancellationToken);
        }

        say("Base model and CLIP are small ones that have seen drawn cars only; --base-model takes a real Stable Diffusion.");
        if (!await IsThereAsync(SmallName, cancellationToken))
        {
            await UploadAsync(SmallName, ShowroomModels.BaseModel, cancellationToken);
        }

        return SmallName;
    }

    private async Task<string> EnsureGivenAsync(string given, CancellationToken cancellationToken)
    {
        string name = ModelKeys.Slug(Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(Path.GetFullPath(given))));
        say($"Base model: {given}. With a model of this size a night on a CPU takes hours.");
        await UploadAsync(name, Directory.Exists(given) ? given : WithTokenizer(given), cancellationToken);
        return name;
    }

    /// <summary>A single file's vocabulary lies beside it and must come along: a folder of links that holds both.</summary>
    private string WithTokenizer(string file)
    {
        string beside = Path.GetDirectoryName(Path.GetFullPath(file))!;
        string tokenizer = File.Exists(Path.Combine(beside, "tokenizer", "vocab.json")) ? Path.Combine(beside, "tokenizer") : beside;
        string staged = Path.Combine(folder, "given");
        if (Directory.Exists(staged))
        {
            Directory.Delete(staged, recursive: true);
        }

        Directory.CreateDirectory(Path.Combine(staged, "tokenizer"));
        File.CreateSymbolicLink(Path.Combine(staged, Path.GetFileName(file)), Path.GetFullPath(file));
        foreach (string name in new[] { "vocab.json", "merges.txt" })
        {
            File.CreateSymbolicLink(Path.Combine(staged, "tokenizer", name), Path.Combine(tokenizer, name));
        }

        return staged;
    }

    private async Task UploadAsync(string name, string path, CancellationToken cancellationToken)
    {
        try
        {
            await catalog.UploadAsync(name, path, cancellationToken);
        }
        catch (InvalidOperationException exception)
        {
            throw new InvalidJobInputException($"{exception.Message} In a demo: give another --folder.", exception);
        }
    }

    private async Task<bool> IsThereAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            await catalog.ResolveAsync(name, cancellationToken);
            return true;
        }
        catch (MissingBlobException)
        {
            return false;
        }
    }
}
