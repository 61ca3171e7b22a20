using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using LoraFunctions.Jobs;
using LoraFunctions.Pipeline.Storage;
using Microsoft.Extensions.Logging;

namespace LoraFunctions.Worker.Progress;

/// <summary>
/// Writes a job's newest progress to its status blob every so often. A job never waits for it, and never fails because of it.
/// </summary>
internal sealed class StatusWriter : IProgress<JobProgress>, IAsyncDisposable
{
    /// <summary>A write that hangs is given up: the next one says more.</summary>
    private static readonly TimeSpan s_writeLimit = TimeSpan.FromSeconds(10);

    private readonly BlobClient _blob;
    private readonly JobMessage _job;
    private readonly int _attempt;
    private readonly IWorkerObserver? _observer;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationToken _owned;
    private readonly CancellationTokenSource _end = new();
    private readonly Task _writing;
    private JobProgress? _newest;
    private JobProgress? _written;
    private (string Stage, int Done, DateTimeOffset At)? _begun;

    /// <param name="owned">Cancelled when the job, and its status, are somebody else's.</param>
    public StatusWriter(
        BlobContainerClient jobs,
        JobMessage job,
        int attempt,
        TimeSpan interval,
        IWorkerObserver? observer,
        TimeProvider time,
        ILogger logger,
        CancellationToken owned)
    {
        _blob = jobs.GetBlobClient(BlobNames.JobStatus(job.JobId));
        _job = job;
        _attempt = attempt;
        _observer = observer;
        _time = time;
        _logger = logger;
        _owned = owned;
        _writing = Task.Run(() => WriteAsync(interval));
    }

    public void Report(JobProgress value)
    {
        Volatile.Write(ref _newest, value);
        _observer?.Progressed(_job, value);
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _writing;
        await WriteNewestAsync();
        _end.Dispose();
    }

    private async Task WriteAsync(TimeSpan interval)
    {
        try
        {
            while (true)
            {
                await WriteNewestAsync();
                await Task.Delay(interval, _time, _end.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The job has ended.
        }
    }

    private async Task WriteNewestAsync()
    {
        if (Volatile.Read(ref _newest) is not { } newest || ReferenceEquals(newest, _written))
        {
            return;
        }

        DateTimeOffset now = _time.GetUtcNow();
        var report = new JobProgressReport(
            JobProgressReport.CurrentSchemaVersion,
            _job.JobId,
            _job.Kind,
            _attempt,
            newest.Stage,
            newest.Done,
            newest.Total,
            newest.Loss is { } loss && double.IsFinite(loss) ? loss : null,
            now,
            EndOf(newest, now));
        using var late = new CancellationTokenSource(s_writeLimit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, _owned);
        try
        {
            await _blob.UploadAsync(
                BinaryData.FromString(ContractJson.Serialize(report)),
                new BlobUploadOptions { HttpHeaders = new BlobHttpHeaders { ContentType = "application/json" } },
                either.Token);
            _written = newest;
        }
        catch (Exception exception)
        {
            WorkerLog.StatusFailed(_logger, _job.JobId, exception);
        }
    }

    /// <summary>Counted from where the stage was first seen: a resumed training begins in the middle.</summary>
    private DateTimeOffset? EndOf(JobProgress newest, DateTimeOffset now)
    {
        if (_begun is not { } begun || begun.Stage != newest.Stage || newest.Done < begun.Done)
        {
            _begun = (newest.Stage, newest.Done, now);
            return null;
        }

        int done = newest.Done - begun.Done;
        return done > 0 ? now + ((now - begun.At) / done * (newest.Total - newest.Done)) : null;
    }
}
