using System.Text.Json;
using LoraFunctions.Jobs;
using LoraFunctions.Jobs.Labelling;
using LoraFunctions.Jobs.Rendering;
using LoraFunctions.Jobs.Training;

namespace LoraFunctions.Worker.Handlers;

/// <summary>Brings one kind of job from its spec to files: fetch the inputs, let Jobs work, name the artefacts.</summary>
internal interface IJobHandler
{
    JobKind Kind { get; }

    Task<JobOutput> RunAsync(JobDesk desk, ReadOnlyMemory<byte> spec, CancellationToken cancellationToken);
}

/// <summary>What a job left in a folder.</summary>
/// <param name="Files">Names in <paramref name="Folder"/> that count as artefacts.</param>
/// <param name="Metrics">Numbers worth a line in the report.</param>
internal sealed record JobOutput(string Folder, IReadOnlyList<string> Files, IReadOnlyDictionary<string, double> Metrics);

/// <summary>One listing's photos to captions.</summary>
internal sealed class LabelHandler(IJob<LabellingRequest, LabellingResult> job) : IJobHandler
{
    public JobKind Kind => JobKind.Label;

    public async Task<JobOutput> RunAsync(JobDesk desk, ReadOnlyMemory<byte> spec, CancellationToken cancellationToken)
    {
        LabelJobSpec label = Specs.Read<LabelJobSpec>(spec, LabelJobSpec.CurrentSchemaVersion, s => s.SchemaVersion);
        string photos = desk.NewFolder("photos");
        foreach (BlobRef photo in label.Photos)
        {
            await desk.PlaceAsync(photo, Path.Combine(photos, JobDesk.Below(photo, $"{label.ListingId}/")), cancellationToken);
        }

        string table = desk.At("labels.yaml");
        await desk.PlaceAsync(label.LabelTable, table, cancellationToken);
        string? corrections = label.Corrections is null ? null : desk.At("corrections.json");
        if (corrections is not null)
        {
            await desk.PlaceAsync(label.Corrections!, corrections, cancellationToken);
        }

        var request = new LabellingRequest
        {
            PhotosFolder = photos,
            LabelTable = table,
            ClipFolder = await desk.PlaceModelAsync(label.Clip, cancellationToken),
            DisplayName = label.Vehicle.DisplayName,
            Features = label.Vehicle.Features,
            CacheFile = corrections,
            CacheIsOnlyRead = true,
            OutputFolder = desk.NewFolder("out"),
        };
        LabellingResult result = await JobDesk.RunAsync(() => job.Run(request, desk.Progress, cancellationToken));
        return new JobOutput(
            request.OutputFolder,
            [Path.GetFileName(result.MetadataPath), Path.GetFileName(result.LabelsPath)],
            new Dictionary<string, double>(StringComparer.Ordinal)
            {
                ["photos"] = result.Photos.Count,
                [JobMetrics.Rejected] = result.Rejected.Count,
                ["abstentions"] = result.Photos.Sum(photo => photo.Labels.Count(label => label.Word is null)),
            });
    }
}

/// <summary>
/// One car model's data set to a LoRA. Every checkpoint is saved to the job's folder in the storage before training goes on.
/// </summary>
/// <param name="watchControl">Begins to bring a person's word from the job's folder to a file; disposing ends it.</param>
internal sealed class TrainHandler(
    IJob<TrainingRequest, TrainingResult> job,
    Func<JobMessage, string, IAsyncDisposable> watchControl) : IJobHandler
{
    public JobKind Kind => JobKind.Train;

    public async Task<JobOutput> RunAsync(JobDesk desk, ReadOnlyMemory<byte> spec, CancellationToken cancellationToken)
    {
        TrainJobSpec train = Specs.Read<TrainJobSpec>(spec, TrainJobSpec.CurrentSchemaVersion, s => s.SchemaVersion);
        string dataset = desk.NewFolder("dataset");
        foreach (NamedBlob file in train.Dataset)
        {
            await desk.PlaceAsync(file.Blob, Path.Combine(dataset, JobDesk.Checked(file.File)), cancellationToken);
        }

        var configurations = new List<string>();
        foreach (BlobRef yaml in train.Configurations)
        {
            // Numbered folders: two layers may have one name, and errors shall show the name a person knows.
            string path = desk.At("config", $"{configurations.Count}", Path.GetFileName(yaml.Name));
            await desk.PlaceAsync(yaml, path, cancellationToken);
            configurations.Add(path);
        }

        string? start = train.StartFrom is null ? null : desk.At("start", $"{train.ModelKey}.safetensors");
        if (start is not null)
        {
            await desk.PlaceAsync(train.StartFrom!, start, cancellationToken);
        }

        string checkpoints = desk.NewFolder("checkpoints");
        await desk.Checkpoints.ResumeAsync(checkpoints, cancellationToken);
        string control = desk.At("control.json");
        var request = new TrainingRequest
        {
            Configurations = configurations,
            Name = train.ModelKey,
            DisplayName = train.DisplayName,
            TrainDataDir = dataset,
            MetadataPath = Path.Combine(dataset, LabelFiles.Metadata),
            BaseModel = await desk.PlaceModelAsync(train.BaseModel, cancellationToken),
            OutputDir = desk.NewFolder("out"),
            StartFrom = start,
            CheckpointsFolder = checkpoints,
            ControlFile = control,
            Observer = new Observer(desk),
        };

        await using IAsyncDisposable watcher = watchControl(desk.Job, control);
        TrainingResult result = await JobDesk.RunAsync(() => job.Run(request, desk.Progress, cancellationToken));
        string[] files = [.. Directory.EnumerateFiles(request.OutputDir, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(request.OutputDir, file).Replace('\\', '/'))];
        return new JobOutput(
            request.OutputDir,
            files,
            new Dictionary<string, double>(StringComparer.Ordinal) { ["final_loss"] = result.FinalLoss, ["steps"] = result.Steps });
    }

    private sealed class Observer(JobDesk desk) : ITrainingObserver
    {
        public void CheckpointSaved(string folder, IReadOnlyList<string> files, int step) => desk.Checkpoints.Save(folder, files);
    }
}

/// <summary>
/// One pair in one scene to marked pictures. Every picture is saved when it is done: a later attempt renders only the others.
/// </summary>
internal sealed class RenderHandler(IJob<RenderingRequest, RenderingResult> job) : IJobHandler
{
    public JobKind Kind => JobKind.Render;

    public async Task<JobOutput> RunAsync(JobDesk desk, ReadOnlyMemory<byte> spec, CancellationToken cancellationToken)
    {
        RenderJobSpec render = Specs.Read<RenderJobSpec>(spec, RenderJobSpec.CurrentSchemaVersion, s => s.SchemaVersion);
        string output = desk.NewFolder("out");
        await desk.Checkpoints.ResumeAsync(output, cancellationToken);
        string[] pictures = [.. render.Seeds.Select(seed => ArtefactNames.Picture(render.Scene, seed, render.Template.Format))];

        // Scores first: a picture that is there has them.
        string[] files = [.. render.Judging is null ? [] : render.Seeds.Select(seed => ArtefactNames.Scores(render.Scene, seed)), .. pictures];
        long[] open = [.. render.Seeds.Where(seed => !File.Exists(Path.Combine(output, ArtefactNames.Picture(render.Scene, seed, render.Template.Format))))];
        if (open.Length > 0)
        {
            var request = new RenderingRequest
            {
                BaseModel = await desk.PlaceModelAsync(render.BaseModel, cancellationToken),
                Left = await CarAsync(desk, "left", render.Left, cancellationToken),
                Right = await CarAsync(desk, "right", render.Right, cancellationToken),
                Template = render.Template,
                Judging = await JudgingAsync(desk, render.Judging, cancellationToken),
                Scene = render.Scene,
                Seeds = open,
                OutputFolder = output,
            };
            var progress = new Saver(desk, output, files);
            await JobDesk.RunAsync(() => job.Run(request, progress, cancellationToken));
        }

        return new JobOutput(output, files, new Dictionary<string, double>(StringComparer.Ordinal) { ["pictures"] = pictures.Length });
    }

    private static async Task<Judging?> JudgingAsync(JobDesk desk, JudgingSpec? judging, CancellationToken cancellationToken)
    {
        if (judging is null)
        {
            return null;
        }

        return new Judging(
            await desk.PlaceModelAsync(judging.Clip, cancellationToken),
            judging.Dino is { } dino ? await desk.PlaceModelAsync(dino, cancellationToken) : null,
            await PhotosAsync("left", judging.Left),
            await PhotosAsync("right", judging.Right));

        async Task<IReadOnlyList<string>> PhotosAsync(string side, IReadOnlyList<NamedBlob> photos)
        {
            var paths = new List<string>();
            foreach (NamedBlob photo in photos)
            {
                paths.Add(desk.At("photos", side, JobDesk.Checked(photo.File)));
                await desk.PlaceAsync(photo.Blob, paths[^1], cancellationToken);
            }

            return paths;
        }
    }

    private static async Task<ComparedCar> CarAsync(JobDesk desk, string side, ComparedModel model, CancellationToken cancellationToken)
    {
        // Prompts name a LoRA by its file's name.
        string path = desk.At("loras", side, $"{model.ModelKey}.safetensors");
        await desk.PlaceAsync(model.Lora, path, cancellationToken);
        return new ComparedCar(model.DisplayName, path, model.Features);
    }

    /// <summary>Looks at every report whether another picture is whole.</summary>
    private sealed class Saver(JobDesk desk, string folder, IReadOnlyList<string> files) : IProgress<JobProgress>
    {
        private readonly HashSet<string> _saved = [.. files.Where(file => File.Exists(Path.Combine(folder, file)))];

        public void Report(JobProgress value)
        {
            foreach (string file in files.Where(file => !_saved.Contains(file) && File.Exists(Path.Combine(folder, file))))
            {
                desk.Checkpoints.Add(folder, file);
                _saved.Add(file);
            }

            desk.Progress.Report(value);
        }
    }
}

/// <summary>Reads job specs.</summary>
internal static class Specs
{
    /// <exception cref="NonRetriableJobException">It is no such spec, or one of a newer schema.</exception>
    public static T Read<T>(ReadOnlyMemory<byte> json, int knownVersion, Func<T, int> version)
    {
        try
        {
            T spec = ContractJson.Deserialize<T>(json.Span);
            return version(spec) >= 1 && version(spec) <= knownVersion
                ? spec
                : throw new NonRetriableJobException(
                    $"The job's spec has schema version {version(spec)}; this worker knows 1 to {knownVersion}. Bring worker and "
                        + "Functions app to one version.");
        }
        catch (JsonException exception)
        {
            throw new NonRetriableJobException($"The job's spec is no {typeof(T).Name}: {exception.Message}", exception);
        }
    }
}
