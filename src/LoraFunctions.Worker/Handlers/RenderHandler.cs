using LoraFunctions.Jobs;
using LoraFunctions.Jobs.Rendering;

namespace LoraFunctions.Worker.Handlers;

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
        await desk.Checkpoints.DownloadAsync(output, cancellationToken);
        string[] files = [.. render.Seeds.Select(seed => ArtefactNames.Picture(render.Scene, seed))];
        long[] open = [.. render.Seeds.Where(seed => !File.Exists(Path.Combine(output, ArtefactNames.Picture(render.Scene, seed))))];
        if (open.Length > 0)
        {
            var request = new RenderingRequest
            {
                BaseModel = await desk.PlaceModelAsync(render.BaseModel, cancellationToken),
                Left = await CarAsync(desk, "left", render.Left, cancellationToken),
                Right = await CarAsync(desk, "right", render.Right, cancellationToken),
                Template = render.Template,
                Scene = render.Scene,
                Seeds = open,
                OutputFolder = output,
            };
            var progress = new Saver(desk, output, files);
            await JobDesk.RunAsync(() => job.Run(request, progress, cancellationToken));
        }

        return new JobOutput(output, files, new Dictionary<string, double>(StringComparer.Ordinal) { ["pictures"] = files.Length });
    }

    private static async Task<ComparedCar> CarAsync(JobDesk desk, string side, ComparedModel model, CancellationToken cancellationToken)
    {
        // Prompts name a LoRA by its file's name.
        string path = desk.At("loras", side, $"{model.ModelKey}.safetensors");
        await desk.PlaceAsync(model.Lora, path, cancellationToken);
        return new ComparedCar(model.DisplayName, path);
    }

    /// <summary>Looks at every report whether another picture is whole.</summary>
    private sealed class Saver(JobDesk desk, string folder, IReadOnlyList<string> files) : IProgress<JobProgress>
    {
        private readonly HashSet<string> _saved = [.. files.Where(file => File.Exists(Path.Combine(folder, file)))];

        public void Report(JobProgress value)
        {
            foreach (string file in files.Where(file => !_saved.Contains(file) && File.Exists(Path.Combine(folder, file))))
            {
                desk.Owned.ThrowIfCancellationRequested();
                desk.Checkpoints.Upload(folder, [file]);
                _saved.Add(file);
            }

            desk.Progress.Report(value);
        }
    }
}
