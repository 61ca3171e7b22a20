using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Jobs;
using LoraFunctions.Pipeline.Storage;

namespace LoraFunctions.Cli.Models;

/// <summary>
/// <c>lora models push</c>: looks at every model and at the storage first, so that all problems come at once; then sends what is absent, each
/// model's manifest last. Run again, it goes on: files that are there, and blocks of a large one, are not sent again.
/// </summary>
internal sealed class ModelPush(CliConsole console)
{
    /// <exception cref="InvalidJobInputException">A model is none, a name is taken, or the storage cannot be used; all of it.</exception>
    public async Task RunAsync(IReadOnlyList<string> paths, string? name, string storage, CancellationToken cancellationToken)
    {
        var problems = new Problems();
        var options = StorageOption.Read(storage, problems);
        var models = Models(paths, name, problems);
        if (options is null)
        {
            problems.ThrowIfAny();
        }

        var blobs = new BlobStore(StorageClients.Blobs(options!));
        var catalog = new BaseModelCatalog(blobs);
        var plans = new List<BaseModelUpload>();
        try
        {
            await StorageOption.ReachAsync(blobs.Uri, () => blobs.EnsureContainersAsync(cancellationToken, ContainerNames.BaseModels));
            foreach (var model in models)
            {
                var plan = await catalog.PlanAsync(model.Name, model.Files, cancellationToken);
                plan.Problems.ToList().ForEach(problems.Add);
                plans.Add(plan);
            }
        }
        catch (InvalidJobInputException exception)
        {
            problems.Add(exception);
        }

        problems.ThrowIfAny();
        foreach (var (model, plan) in models.Zip(plans))
        {
            await PushAsync(catalog, model, plan, cancellationToken);
        }
    }

    private async Task PushAsync(BaseModelCatalog catalog, LocalModel model, BaseModelUpload plan, CancellationToken cancellationToken)
    {
        if (model.LeftOut.Count > 0)
        {
            console.Line($"{model.Path}: left out, as nothing reads them: {string.Join(", ", model.LeftOut)}");
        }

        var pushed = await ProgressDisplay.RunAsync(console, progress => catalog.UploadAsync(plan, new Megabytes(progress), cancellationToken));
        console.Line($"{ContainerNames.BaseModels}/{model.Name}: {(plan.Absent.Count == 0 && plan.HasManifest ? "is there already" : "pushed")}, "
            + $"{plan.Absent.Count} of {model.Files.Count} files sent, digest {pushed.Digest}");
    }

    private static List<LocalModel> Models(IReadOnlyList<string> paths, string? name, Problems problems)
    {
        if (name is not null && paths.Count > 1)
        {
            problems.Add($"--name is given for {paths.Count} models; it goes with one.");
        }

        if (name is not null && !ModelKeys.IsKey(name))
        {
            problems.Add($"--name is '{name}'; it may have small letters, digits and '-', at most {ModelKeys.MaxLength}.");
        }

        var models = new List<LocalModel>();
        foreach (var path in paths)
        {
            try
            {
                var model = LocalModel.Of(path, paths.Count == 1 ? name : null);
                model.Check();
                models.Add(model);
            }
            catch (InvalidJobInputException exception)
            {
                problems.Add(exception);
            }
            catch (CheckpointException exception)
            {
                problems.Add(exception.Message);
            }
        }

        foreach (var twice in models.GroupBy(model => model.Name, StringComparer.Ordinal).Where(group => group.Count() > 1))
        {
            problems.Add($"{string.Join(" and ", twice.Select(model => model.Path))} would both be '{twice.Key}'; push them one by one with --name.");
        }

        return models;
    }

    private sealed class Megabytes(IProgress<JobProgress> progress) : IProgress<(LocalModelFile File, long Bytes)>
    {
        public void Report((LocalModelFile File, long Bytes) value) =>
            progress.Report(new JobProgress($"{value.File.Name} (MB)", Of(value.Bytes), Of(new FileInfo(value.File.Path).Length)));

        private static int Of(long bytes) => (int)Math.Ceiling(bytes / 1e6);
    }
}
