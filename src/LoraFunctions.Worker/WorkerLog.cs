using LoraFunctions.Worker.Running;
using Microsoft.Extensions.Logging;

namespace LoraFunctions.Worker;

/// <summary>What the worker says: event ids 2000 to 2999, never given to something else.</summary>
internal static partial class WorkerLog
{
    [LoggerMessage(2000, LogLevel.Information, "Worker {WorkerName} waits for jobs.")]
    public static partial void Started(ILogger logger, string workerName);

    [LoggerMessage(2001, LogLevel.Information, "Worker {WorkerName} has stopped.")]
    public static partial void Stopped(ILogger logger, string workerName);

    [LoggerMessage(2002, LogLevel.Error, "Looking for a job failed; it is tried again in {Pause}.")]
    public static partial void LoopTroubled(ILogger logger, TimeSpan pause, Exception exception);

    [LoggerMessage(2003, LogLevel.Error, "A message is no job and was put aside: {Reason}")]
    public static partial void MessageRefused(ILogger logger, string reason);

    [LoggerMessage(2010, LogLevel.Information, "{Kind} job {JobId}: attempt {Attempt} begins.")]
    public static partial void JobStarted(ILogger logger, JobKind kind, string jobId, int attempt);

    [LoggerMessage(2011, LogLevel.Information, "{Kind} job {JobId}: {State}.")]
    public static partial void JobEnded(ILogger logger, JobKind kind, string jobId, JobState state);

    [LoggerMessage(2012, LogLevel.Error, "{Kind} job {JobId} has failed: {Reason}")]
    public static partial void JobFailed(ILogger logger, JobKind kind, string jobId, string reason);

    [LoggerMessage(2013, LogLevel.Warning, "{Kind} job {JobId}: this attempt failed, it is tried again.")]
    public static partial void JobTroubled(ILogger logger, JobKind kind, string jobId, Exception exception);

    [LoggerMessage(2016, LogLevel.Warning, "{Kind} job {JobId}: message, lease or files were not put back; they run out by themselves.")]
    public static partial void EndTroubled(ILogger logger, JobKind kind, string jobId, Exception exception);

    [LoggerMessage(2015, LogLevel.Warning, "{Kind} job {JobId}: the storage failed, which is no failure of the job.")]
    public static partial void StorageFailed(ILogger logger, JobKind kind, string jobId, Exception exception);

    [LoggerMessage(2014, LogLevel.Warning, "{Kind} job {JobId}: another worker was first, its result counts.")]
    public static partial void ResultAdopted(ILogger logger, JobKind kind, string jobId);

    [LoggerMessage(2020, LogLevel.Warning, "The {What} could not be renewed.")]
    public static partial void RenewalFailed(ILogger logger, string what, Exception exception);

    [LoggerMessage(2021, LogLevel.Error, "The {What} is somebody else's by now; the work is dropped.")]
    public static partial void OwnershipLost(ILogger logger, string what);

    [LoggerMessage(2030, LogLevel.Information, "Job {JobId}: checkpoint {Name} is saved.")]
    public static partial void CheckpointUploaded(ILogger logger, string jobId, string name);

    [LoggerMessage(2031, LogLevel.Information, "Job {JobId}: {Files} files of an earlier attempt are taken up.")]
    public static partial void CheckpointResumed(ILogger logger, string jobId, int files);

    [LoggerMessage(2035, LogLevel.Warning, "Job {JobId}: its checkpoint cannot be used, it begins anew: {Reason}")]
    public static partial void CheckpointUnusable(ILogger logger, string jobId, string reason);

    [LoggerMessage(2036, LogLevel.Warning, "Job {JobId}: old checkpoints could not be removed.")]
    public static partial void CheckpointsLeft(ILogger logger, string jobId, Exception exception);

    [LoggerMessage(2040, LogLevel.Information, "{Files} downloads not used for longest were removed ({Bytes} bytes).")]
    public static partial void CacheTrimmed(ILogger logger, int files, long bytes);

    [LoggerMessage(2032, LogLevel.Warning, "Job {JobId}: its status could not be written.")]
    public static partial void StatusFailed(ILogger logger, string jobId, Exception exception);

    [LoggerMessage(2033, LogLevel.Information, "Job {JobId}: a person's word was taken up.")]
    public static partial void ControlTaken(ILogger logger, string jobId);

    [LoggerMessage(2034, LogLevel.Warning, "Job {JobId}: its control blob could not be read.")]
    public static partial void ControlFailed(ILogger logger, string jobId, Exception exception);
}
