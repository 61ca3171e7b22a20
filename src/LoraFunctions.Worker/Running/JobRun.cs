using LoraFunctions.Jobs;
using LoraFunctions.Pipeline.Storage;
using LoraFunctions.Worker.Handlers;
using LoraFunctions.Worker.Leases;
using LoraFunctions.Worker.Logging;
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
    private readonly JobResults _results = new(services, job);
    private JobLease? _lease;
    private Ownership? _ownership;
    private JobOutput? _output;
    private string? _error;
    private int _attempt;

    public async Task<JobState> RunAsync()
    {
        var state = JobState.Received;
        while (!JobTransitions.IsEnd(state))
        {
            JobEvent happened = await HappenAsync(state);
            state = JobTransitions.Next(state, happened, Deliveries);
        }

        await EndAsync(state);
        if (_error is not null && state == JobState.Done)
        {
            WorkerLog.JobFailed(services.Logger, job.Kind, job.JobId, _error);
        }

        WorkerLog.JobEnded(services.Logger, job.Kind, job.JobId, state);
        services.Observer?.Ended(job, state, _error);
        return state;
    }

    public async ValueTask DisposeAsync()
    {
        if (_ownership is not null)
        {
            await _ownership.DisposeAsync();
        }
    }

    private int Deliveries => message.DequeueCount - (_lease?.Record.Stopped ?? 0);

    /// <summary>
    /// Cancelled when the job is somebody else's; what is done already is finished even when this process is told to stop.
    /// </summary>
    private CancellationToken Owned => _ownership?.Lost ?? CancellationToken.None;

    private string WorkFolder => Path.Combine(services.Options.Folder, "work", job.JobId);

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
        catch (Exception) when (Owned.IsCancellationRequested)
        {
            return JobEvent.OwnershipLost;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return JobEvent.StopAsked;
        }
        catch (NonRetriableJobException exception) when (state == JobState.Running)
        {
            _error = exception.Message.ReplaceLineEndings("; ");
            return JobEvent.FailedForGood;
        }
        catch (Exception exception)
        {
            // The first line is for a person; what follows it (libtorch's frames, a response's headers) is in the log.
            _error = $"{exception.GetType().Name}: {exception.Message.Split('\n')[0].TrimEnd()}";
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
            stop);
        if (_lease is null)
        {
            return JobEvent.LeaseDenied;
        }

        _ownership = new Ownership(message, _lease, services.Options, services.Time, services.Logger);
        return JobEvent.LeaseGranted;
    }

    private async Task<bool> HasResultAsync() =>
        await services.Blobs.StatAsync(ContainerNames.Jobs, BlobNames.JobResult(job.JobId), stop) is not null;

    private async Task<JobEvent> WorkAsync()
    {
        _attempt = _lease!.Record.Attempts + 1;
        if (!await _lease.SaveAsync(_lease.Record with { Attempts = _attempt, LastError = null }, Owned))
        {
            return JobEvent.OwnershipLost;
        }

        WorkerLog.JobStarted(services.Logger, job.Kind, job.JobId, _attempt);
        using var work = CancellationTokenSource.CreateLinkedTokenSource(stop, Owned);
        RemoveWorkFolder();
        Directory.CreateDirectory(WorkFolder);
        string spec = await services.Cache.FetchAsync(job.SpecBlob, work.Token);
        await using var status = new StatusWriter(
            services.JobsContainer, job, _attempt, services.Options.StatusInterval, services.Observer, services.Time, services.Logger);
        var checkpoints = new Checkpoints(services.JobsContainer, job.JobId, services.Logger);
        var desk = new JobDesk(job, WorkFolder, services.Cache, checkpoints, status, Owned);
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
        await _results.CommitAsync(_results.Failed(_error, Math.Max(_attempt, _lease?.Record.Attempts ?? 0)), Owned);
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
        if (_ownership is not null)
        {
            await _ownership.DisposeAsync();
            _ownership = null;
        }

        try
        {
            switch (end)
            {
                case JobState.Done:
                    await ReleaseAsync(record => record);
                    break;
                case JobState.Postponed:
                    await services.Queue.PostponeAsync(message, services.Options.LeaseDuration, CancellationToken.None);
                    break;
                case JobState.LeftToRetry:
                    await ReleaseAsync(record => record with { LastError = _error });
                    await message.RenewAsync(services.Options.RetryDelay, CancellationToken.None);
                    break;
                case JobState.LeftByStop:
                    await ReleaseAsync(record => record with { Stopped = record.Stopped + 1 });
                    await message.RenewAsync(TimeSpan.Zero, CancellationToken.None);
                    break;
                default:
                    break;
            }

            RemoveWorkFolder();
        }
        catch (Exception exception)
        {
            WorkerLog.JobTroubled(services.Logger, job.Kind, job.JobId, exception);
        }
    }

    private async Task ReleaseAsync(Func<AttemptRecord, AttemptRecord> change)
    {
        if (_lease is null)
        {
            return;
        }

        AttemptRecord changed = change(_lease.Record);
        if (changed != _lease.Record)
        {
            await _lease.SaveAsync(changed, CancellationToken.None);
        }

        await _lease.ReleaseAsync(CancellationToken.None);
    }

    private void RemoveWorkFolder()
    {
        if (Directory.Exists(WorkFolder))
        {
            Directory.Delete(WorkFolder, recursive: true);
        }
    }
}
