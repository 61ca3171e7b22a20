using LoraFunctions.Pipeline.Storage;
using LoraFunctions.Worker.Handlers;
using LoraFunctions.Worker.Leases;
using LoraFunctions.Worker.Progress;
using LoraFunctions.Worker.Queueing;
using LoraFunctions.Worker.Storage;

namespace LoraFunctions.Worker.Running;

/// <summary>
/// One delivery of one job's message, from <see cref="JobState.Received"/> to an end. What comes next is decided by
/// <see cref="JobTransitions"/> alone.
/// </summary>
internal sealed class JobRun(WorkerServices services, ReceivedJob message, JobMessage job, CancellationToken stop) : IAsyncDisposable
{
    /// <summary>At its end a job waits so long for the storage, not longer: message and lease run out by themselves.</summary>
    private static readonly TimeSpan s_endLimit = TimeSpan.FromSeconds(10);

    private static readonly Dictionary<string, double> s_noMetrics = [];

    private readonly JobResults _results = new(services, job);
    private JobLease? _lease;
    private Ownership? _ownership;
    private JobOutput? _output;
    private string? _error;
    private int _attempt;
    private bool _excused;

    public async Task<JobState> RunAsync()
    {
        long began = services.Time.GetTimestamp();
        var state = JobState.Received;
        while (!JobTransitions.IsEnd(state))
        {
            JobEvent happened = await HappenAsync(state);
            state = JobTransitions.Next(state, happened, _lease?.Record.Failures ?? 0);
        }

        await EndAsync(state);
        services.Cache.Release();
        if (_error is not null && state == JobState.Done)
        {
            WorkerLog.JobFailed(services.Logger, job.Kind, job.JobId, _error);
        }

        WorkerLog.JobEnded(services.Logger, job.Kind, job.JobId, state);
        WorkerTelemetry.JobEnded(job, _attempt, Outcome(state), _error, _output?.Metrics ?? s_noMetrics, services.Time.GetElapsedTime(began));
        services.Observer?.Ended(job, state, _error);
        return state;
    }

    private string Outcome(JobState end) => end switch
    {
        JobState.Done => _error is not null ? "failed" : _output is null ? "adopted" : "succeeded",
        JobState.Postponed => "postponed",
        JobState.LeftToRetry => "left_to_retry",
        JobState.LeftByStop => "left_by_stop",
        _ => "lost",
    };

    public async ValueTask DisposeAsync()
    {
        if (_ownership is not null)
        {
            await _ownership.DisposeAsync();
        }
    }

    /// <summary>
    /// Cancelled when the job is somebody else's; what is done already is finished even when this process is told to stop.
    /// </summary>
    private CancellationToken Owned => _ownership?.Lost ?? CancellationToken.None;

    /// <summary>One job at a time: what a killed one left there goes with the next.</summary>
    private string WorkFolder => Path.Combine(services.Options.Folder, "work");

    private async Task<JobEvent> HappenAsync(JobState state)
    {
        try
        {
            return state switch
            {
                JobState.Received => await TakeAsync(),
                JobState.Leased => await HasResultAsync() ? JobEvent.ResultFound : JobEvent.NoResult,
                JobState.Running => await WorkAsync(),
                JobState.Succeeding => await SucceedAsync(),
                JobState.Failing => await FailAsync(),
                JobState.Announcing => await AnnounceAsync(),
                _ => throw new InvalidOperationException($"Nothing happens in state {state}."),
            };
        }
        catch (Exception) when (Owned.IsCancellationRequested || _lease is { IsLost: true })
        {
            return JobEvent.OwnershipLost;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return JobEvent.StopAsked;
        }
        catch (NonRetriableJobException exception) when (state == JobState.Running)
        {
            _error = Secrets.Redact(exception.Message.ReplaceLineEndings("; "));
            return JobEvent.FailedForGood;
        }
        catch (Exception exception)
        {
            // The first line is for a person; what follows it (libtorch's frames, a response's headers) is in the log.
            _error = Secrets.Redact($"{exception.GetType().Name}: {exception.Message.Split('\n')[0].TrimEnd()}");
            if (StorageFaults.IsTransient(exception))
            {
                WorkerLog.StorageFailed(services.Logger, job.Kind, job.JobId, exception);
                _excused = true;
                return JobEvent.StorageFailed;
            }

            WorkerLog.JobTroubled(services.Logger, job.Kind, job.JobId, exception);
            return JobEvent.Failed;
        }
    }

    private async Task<JobEvent> TakeAsync()
    {
        stop.ThrowIfCancellationRequested();
        if (await HasResultAsync())
        {
            return JobEvent.ResultFound;
        }

        _lease = await JobLease.TryTakeAsync(
            services.JobsContainer.GetBlobClient(BlobNames.JobAttempts(job.JobId)),
            services.Options.WorkerName,
            services.Options.LeaseDuration,
            services.Time,
            stop);
        if (_lease is null)
        {
            return JobEvent.LeaseDenied;
        }

        _ownership = new Ownership(message, _lease, services.Options, services.Time, services.Logger);
        return JobEvent.LeaseGranted;
    }

    private Task<bool> HasResultAsync() => services.Blobs.ExistsAsync(ContainerNames.Jobs, BlobNames.JobResult(job.JobId), stop);

    private async Task<JobEvent> WorkAsync()
    {
        AttemptRecord record = _lease!.Record.WithExcused(services.Excused.Where(one => one.JobId == job.JobId).Select(one => one.Attempt));

        // Before it is saved: where the answer does not come, the attempt may count in the storage, and must be excused there.
        _attempt = record.Attempts + 1;
        if (!await _lease.SaveAsync(record with { Attempts = _attempt, LastError = null }, Owned))
        {
            _attempt = 0;
            return JobEvent.OwnershipLost;
        }

        services.Excused.RemoveWhere(one => one.JobId == job.JobId);

        WorkerLog.JobStarted(services.Logger, job.Kind, job.JobId, _attempt);
        using var work = CancellationTokenSource.CreateLinkedTokenSource(stop, Owned);
        RemoveWorkFolder();
        Directory.CreateDirectory(WorkFolder);
        string spec = await services.Cache.FetchAsync(job.SpecBlob, work.Token);
        await using var status = new StatusWriter(
            services.JobsContainer, job, _attempt, services.Options.StatusInterval, services.Observer, services.Time, services.Logger, Owned);
        var checkpoints = new Checkpoints(services.Blobs, _lease, job.JobId, _attempt, services.Logger, Owned);
        var desk = new JobDesk(job, WorkFolder, services.Cache, checkpoints, status);
        _output = await services.Handlers[job.Kind].RunAsync(desk, await File.ReadAllBytesAsync(spec, work.Token), work.Token);
        return JobEvent.Succeeded;
    }

    private async Task<JobEvent> SucceedAsync()
    {
        await _results.CommitAsync(await _results.UploadAsync(_output!, _attempt, Owned), Owned);
        return JobEvent.ResultCommitted;
    }

    private async Task<JobEvent> FailAsync()
    {
        // Without a word of this delivery it is one too many; what the last one said stands in the record.
        _error ??= _lease?.Record.LastError is { } last
            ? $"it failed {JobTransitions.MaxFailures} times, at last with: {last}"
            : $"its worker died {JobTransitions.MaxFailures} times while it ran and left no word; "
                + "look for an out-of-memory kill in the worker's host log";

        // The result of a job that has failed is for good: not without the lease.
        if (!await _lease!.SaveAsync(_lease.Record with { LastError = _error }, Owned))
        {
            return JobEvent.OwnershipLost;
        }

        await _results.CommitAsync(_results.Failed(_error, _lease.Record.Attempts), Owned);
        return JobEvent.ResultCommitted;
    }

    private async Task<JobEvent> AnnounceAsync()
    {
        await services.Queue.AnnounceAsync(job, Owned);
        await message.DeleteAsync(Owned);
        return JobEvent.Announced;
    }

    /// <summary>Leaves message and lease as the end wants them. Whatever goes wrong here, both run out by themselves.</summary>
    private async Task EndAsync(JobState end)
    {
        try
        {
            if (_ownership is not null)
            {
                await _ownership.DisposeAsync();
                _ownership = null;
            }

            RemoveWorkFolder();
            if (_attempt > 0 && (_excused || end is JobState.LeftByStop or JobState.Lost))
            {
                // Here, until it stands in the record: the storage may not take it now.
                services.Excused.Add((job.JobId, _attempt));
            }

            using var late = new CancellationTokenSource(s_endLimit, services.Time);
            switch (end)
            {
                case JobState.Done:
                    await RemoveCheckpointsAsync(late.Token);
                    await ReleaseAsync(record => record, late.Token);
                    break;
                case JobState.Postponed:
                    await services.Queue.PostponeAsync(message, services.Options.LeaseDuration, late.Token);
                    break;
                case JobState.LeftToRetry:
                    await ReleaseAsync(record => record with { LastError = _error }, late.Token);
                    await message.RenewAsync(services.Options.RetryDelay, late.Token);
                    break;
                case JobState.LeftByStop:
                    await ReleaseAsync(record => record, late.Token);
                    await message.RenewAsync(TimeSpan.Zero, late.Token);
                    break;
                default:
                    break;
            }
        }
        catch (Exception exception)
        {
            WorkerLog.EndTroubled(services.Logger, job.Kind, job.JobId, exception);
        }
    }

    private Task RemoveCheckpointsAsync(CancellationToken cancellationToken) =>
        _lease is null || _output is null
            ? Task.CompletedTask
            : new Checkpoints(services.Blobs, _lease, job.JobId, _attempt, services.Logger, CancellationToken.None).RemoveAllAsync(cancellationToken);

    private async Task ReleaseAsync(Func<AttemptRecord, AttemptRecord> change, CancellationToken cancellationToken)
    {
        if (_lease is null)
        {
            return;
        }

        AttemptRecord changed = change(_lease.Record)
            .WithExcused(services.Excused.Where(one => one.JobId == job.JobId).Select(one => one.Attempt));
        if (changed != _lease.Record && await _lease.SaveAsync(changed, cancellationToken))
        {
            services.Excused.RemoveWhere(one => one.JobId == job.JobId);
        }

        await _lease.ReleaseAsync(cancellationToken);
    }

    private void RemoveWorkFolder()
    {
        if (Directory.Exists(WorkFolder))
        {
            Directory.Delete(WorkFolder, recursive: true);
        }
    }
}
