using LoraFunctions.Jobs;
using LoraFunctions.Worker.Storage;

namespace LoraFunctions.Worker.Handlers;

/// <summary>What a handler works with: an empty folder, a way to fetch inputs, checkpoints, progress.</summary>
/// <param name="Folder">Empty at the beginning, removed at the end.</param>
internal sealed record JobDesk(
    JobMessage Job,
    string Folder,
    ContentCache Cache,
    Checkpoints Checkpoints,
    IProgress<JobProgress> Progress)
{
    /// <summary>A path below the folder.</summary>
    public string At(params string[] parts) => Path.Combine([Folder, .. parts]);

    /// <summary>An empty folder below the folder.</summary>
    public string NewFolder(string name) => Directory.CreateDirectory(At(name)).FullName;

    public Task PlaceAsync(BlobRef blob, string path, CancellationToken cancellationToken) =>
        Cache.PlaceAsync(blob, path, cancellationToken);

    /// <summary>
    /// Fetches a model below <c>models/</c> and gives the path jobs load it by: its folder, or, where the weights are a single file that
    /// says everything (perhaps with a tokenizer beside it), that file.
    /// </summary>
    public async Task<string> PlaceModelAsync(BaseModelRef model, CancellationToken cancellationToken)
    {
        string folder = NewFolder(Path.Combine("models", model.Name));
        var names = new List<string>();
        foreach (BlobRef file in model.Files)
        {
            string name = Below(file, $"{model.Name}/");
            await PlaceAsync(file, Path.Combine(folder, name), cancellationToken);
            names.Add(name);
        }

        return SingleFile(names) is { } only ? Path.Combine(folder, only) : folder;
    }

    /// <summary>The one checkpoint file at the top of a model's files; null for a diffusers or HF folder.</summary>
    internal static string? SingleFile(IReadOnlyCollection<string> names)
    {
        string[] weights = [.. names.Where(name =>
            name.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase) && !name.Contains('/', StringComparison.Ordinal))];
        return weights is [{ } only] && !names.Contains("config.json") && !names.Contains("model_index.json") ? only : null;
    }

    /// <summary>The blob's name below a prefix, checked because it becomes a path.</summary>
    /// <exception cref="NonRetriableJobException">It does not lie there, or would lead out of the folder.</exception>
    public static string Below(BlobRef blob, string prefix) =>
        blob.Name.StartsWith(prefix, StringComparison.Ordinal)
            ? string.Join('/', blob.Name[prefix.Length..].Split('/').Select(Checked))
            : throw new NonRetriableJobException($"{blob.Container}/{blob.Name} does not lie below {prefix} as the job's spec says; make the job again.");

    /// <summary>A file's name, checked because it becomes a path.</summary>
    /// <exception cref="NonRetriableJobException">It breaks the rule of names.</exception>
    public static string Checked(string file) =>
        FileNames.Objection(file) is { } objection
            ? throw new NonRetriableJobException($"The job's spec names the file '{file}': {objection}; make the job again.")
            : file;

    /// <summary>Runs the job on a thread of its own: it blocks for as long as it works.</summary>
    public static Task<TResult> RunAsync<TResult>(Func<TResult> job) =>
        Task.Factory.StartNew(
            job,
            CancellationToken.None,
            TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach,
            TaskScheduler.Default);
}
