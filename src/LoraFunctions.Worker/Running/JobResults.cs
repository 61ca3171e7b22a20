using LoraFunctions.Pipeline.Storage;
using LoraFunctions.Worker.Handlers;

namespace LoraFunctions.Worker.Running;

/// <summary>Writes what a job came to: artefacts first, <c>result.json</c> last.</summary>
internal sealed class JobResults(WorkerServices services, JobMessage job)
{
    private readonly DateTimeOffset _startedAt = services.Time.GetUtcNow();

    /// <summary>Stores the artefacts under the attempt; the result names them.</summary>
    public async Task<JobResult> UploadAsync(JobOutput output, int attempt, CancellationToken cancellationToken)
    {
        var artefacts = new List<BlobRef>();
        foreach (string file in output.Files.Order(StringComparer.Ordinal))
        {
            StoredBlob stored = await services.Blobs.PutFileIfAbsentAsync(
                ContainerNames.Jobs,
                BlobNames.JobAttempt(job.JobId, attempt) + file,
                Path.Combine(output.Folder, file),
                headers: null,
                cancellationToken);
            artefacts.Add(stored.Ref);
        }

        return Result(JobStatus.Succeeded, attempt, error: null, artefacts, output.Metrics);
    }

    public JobResult Failed(string error, int attempt) =>
        Result(JobStatus.Failed, attempt, error, [], new Dictionary<string, double>(StringComparer.Ordinal));

    /// <summary>Whoever finds a result there adopts it.</summary>
    public async Task CommitAsync(JobResult result, CancellationToken cancellationToken)
    {
        string name = BlobNames.JobResult(job.JobId);
        StoredBlob stored = await services.Blobs.PutJsonIfAbsentAsync(ContainerNames.Jobs, name, result, cancellationToken);
        if (!stored.Created)
        {
            WorkerLog.ResultAdopted(services.Logger, job.Kind, job.JobId);
        }
    }

    private JobResult Result(
        JobStatus status,
        int attempt,
        string? error,
        IReadOnlyList<BlobRef> artefacts,
        IReadOnlyDictionary<string, double> metrics) =>
        new(
            JobResult.CurrentSchemaVersion,
            job.JobId,
            job.Kind,
            status,
            attempt,
            error,
            artefacts,
            metrics,
            new JobTimes(_startedAt, services.Time.GetUtcNow()));
}
