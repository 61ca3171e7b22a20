using LoraFunctions.Jobs;
using LoraFunctions.Jobs.Labelling;
using LoraFunctions.Jobs.Training;

namespace LoraFunctions.Worker.Handlers;

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
        foreach (BlobRef file in train.Dataset)
        {
            await desk.PlaceAsync(
                file,
                Path.Combine(dataset, JobDesk.Below(file, $"{train.ModelKey}/{train.DatasetDigest}/")),
                cancellationToken);
        }

        var configurations = new List<string>();
        foreach (BlobRef yaml in train.Configurations)
        {
            // Numbered folders: two layers may have one name, and errors shall show the name a person knows.
            string path = desk.At("config", $"{configurations.Count}", Path.GetFileName(yaml.Name));
            await desk.PlaceAsync(yaml, path, cancellationToken);
            configurations.Add(path);
        }

        string checkpoints = desk.NewFolder("checkpoints");
        await desk.Checkpoints.DownloadAsync(checkpoints, cancellationToken);
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
        public void CheckpointSaved(string folder, IReadOnlyList<string> files, int step)
        {
            // A worker that lost the job must not write over its successor's.
            desk.Owned.ThrowIfCancellationRequested();
            desk.Checkpoints.Upload(folder, files);
            desk.Checkpoints.RemoveOthers(files);
        }
    }
}
