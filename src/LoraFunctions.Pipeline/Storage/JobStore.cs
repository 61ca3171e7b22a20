using LoraFunctions.Pipeline.Jobs;
using LoraFunctions.Pipeline.Night;

namespace LoraFunctions.Pipeline.Storage;

/// <summary>Specs and results in <see cref="ContainerNames.Jobs"/>.</summary>
internal sealed class JobStore(BlobStore blobs)
{
    /// <summary>
    /// Stores a job's spec under its name. A job of that name that failed earlier is not asked for again, its result would say the same:
    /// the next name of its series is taken, so that each night tries once more and a night started again tries what failed.
    /// </summary>
    /// <param name="named">The spec under an idempotency key.</param>
    public async Task<PreparedJob> PrepareAsync<TSpec>(
        JobKind kind,
        Func<string, TSpec> named,
        Func<TSpec, string> jobId,
        string idempotencyKey,
        NightlyOptions options,
        CancellationToken cancellationToken)
    {
        var spec = named(idempotencyKey);
        for (var retry = 1; await ResultAsync(jobId(spec), cancellationToken) is { Status: JobStatus.Failed }; retry++)
        {
            spec = named($"{idempotencyKey}+{retry}");
        }

        var id = jobId(spec);
        var stored = await blobs.PutJsonIfAbsentAsync(ContainerNames.Jobs, BlobNames.JobSpec(id), spec, cancellationToken);
        return new PreparedJob(id, kind, stored.Ref, TimeOut(kind, options), options.MaxJobAttempts);
    }

    /// <summary>A job that was prepared before.</summary>
    public async Task<PreparedJob> AgainAsync(JobKind kind, string jobId, NightlyOptions options, CancellationToken cancellationToken)
    {
        var spec = await blobs.StatAsync(ContainerNames.Jobs, BlobNames.JobSpec(jobId), cancellationToken)
            ?? throw new MissingBlobException(ContainerNames.Jobs, BlobNames.JobSpec(jobId), blobs.Uri);
        return new PreparedJob(jobId, kind, spec, TimeOut(kind, options), options.MaxJobAttempts);
    }

    private static TimeSpan TimeOut(JobKind kind, NightlyOptions options) => kind switch
    {
        JobKind.Label => options.LabelJobTimeOut,
        JobKind.Train => options.TrainJobTimeOut,
        _ => options.RenderJobTimeOut,
    };

    /// <summary>Null while the job has not ended.</summary>
    public Task<JobResult?> ResultAsync(string jobId, CancellationToken cancellationToken) =>
        blobs.TryReadJsonAsync<JobResult>(ContainerNames.Jobs, BlobNames.JobResult(jobId), cancellationToken);

    /// <summary>The same as an orchestration sees it.</summary>
    public async Task<JobObservation> ObserveAsync(string jobId, CancellationToken cancellationToken) =>
        await ResultAsync(jobId, cancellationToken) is { } result
            ? new JobObservation(result.Status, result.Error, result.Times.EndedAt - result.Times.StartedAt) { Rejected = (int)result.Metrics.GetValueOrDefault(JobMetrics.Rejected) }
            : JobObservation.NoResult;

    public async Task<TSpec> SpecAsync<TSpec>(string jobId, CancellationToken cancellationToken)
        where TSpec : class =>
        await blobs.TryReadJsonAsync<TSpec>(ContainerNames.Jobs, BlobNames.JobSpec(jobId), cancellationToken)
        ?? throw new MissingBlobException(ContainerNames.Jobs, BlobNames.JobSpec(jobId), blobs.Uri);

    /// <exception cref="MissingBlobException">The job has no result, or left no artefact of that name.</exception>
    public async Task<BlobRef> ArtefactAsync(string jobId, string file, CancellationToken cancellationToken)
    {
        var result = await ResultAsync(jobId, cancellationToken)
            ?? throw new MissingBlobException(ContainerNames.Jobs, BlobNames.JobResult(jobId), blobs.Uri);
        return Artefact(result, file);
    }

    /// <exception cref="MissingBlobException">The job left no artefact of that name.</exception>
    public static BlobRef Artefact(JobResult result, string file) =>
        result.Artefacts.FirstOrDefault(a => a.Name == BlobNames.JobAttempt(result.JobId, result.Attempt) + file)
        ?? throw new MissingBlobException(
            $"Job {result.JobId} left no '{file}'; it left {(result.Artefacts.Count == 0 ? "nothing" : string.Join(", ", result.Artefacts.Select(a => a.Name)))}.");
}
