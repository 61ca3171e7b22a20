using LoraFunctions.Jobs;
using LoraFunctions.Jobs.Labelling;
using LoraFunctions.Jobs.Training;

namespace LoraFunctions.Worker.Tests.Support;

/// <summary>
/// A labelling job that does what a test says. What is tested here is what the worker does around a job; the real jobs run in the
/// end-to-end tests.
/// </summary>
internal sealed class ScriptedJob(
    Action<LabellingRequest, IProgress<JobProgress>?,
    CancellationToken> script) : IJob<LabellingRequest, LabellingResult>
{
    private int _runs;

    public int Runs => _runs;

    public LabellingResult Run(
        LabellingRequest request,
        IProgress<JobProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref _runs);
        script(request, progress, cancellationToken);
        string metadata = Path.Combine(request.OutputFolder, LabelFiles.Metadata);
        string labels = Path.Combine(request.OutputFolder, LabelFiles.Labels);
        File.WriteAllLines(
            metadata,
            Directory.GetFiles(request.PhotosFolder)
                .Order(StringComparer.Ordinal)
                .Select(photo => $"{Path.GetFileName(photo)},\"{request.DisplayName}\""));
        File.WriteAllText(labels, "{}");
        return new LabellingResult(metadata, labels, []);
    }
}

/// <summary>
/// A training of some steps that keeps a checkpoint after each: a file with the step's number, and a log that grows. It goes on from what it
/// finds, and its result is its log.
/// </summary>
internal sealed class ScriptedTraining(int steps, Action<int, CancellationToken>? atStep = null) : IJob<TrainingRequest, TrainingResult>
{
    private int _runs;
    private int _stepsDone;

    public int Runs => _runs;

    /// <summary>Over all runs.</summary>
    public int StepsDone => _stepsDone;

    /// <summary>What was in the LoRA to begin with; null where there was none.</summary>
    public string? Start { get; private set; }

    public TrainingResult Run(TrainingRequest request, IProgress<JobProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref _runs);
        Start = request.StartFrom is null ? null : File.ReadAllText(request.StartFrom);
        string folder = request.CheckpointsFolder!;
        string log = Path.Combine(folder, "log.csv");
        int done = Directory.GetFiles(folder, "step-*").Select(file => int.Parse(Path.GetFileName(file)[5..], null)).DefaultIfEmpty().Max();
        for (int step = done + 1; step <= steps; step++)
        {
            atStep?.Invoke(step, cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            Interlocked.Increment(ref _stepsDone);
            File.AppendAllText(log, $"{step}\n");
            File.WriteAllText(Path.Combine(folder, $"step-{step}"), $"weights {step}");
            request.Observer?.CheckpointSaved(folder, ["log.csv", $"step-{step}"], step);
            File.Delete(Path.Combine(folder, $"step-{step - 1}"));
        }

        string lora = Path.Combine(request.OutputDir!, $"{request.Name}.safetensors");
        File.Copy(log, lora);
        return new TrainingResult(lora, log, log, log, log, steps, 0.1);
    }
}
