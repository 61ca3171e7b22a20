using LoraFunctions.Jobs;
using LoraFunctions.Jobs.Labelling;

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
