using LoraFunctions.Worker.Running;
using Microsoft.Extensions.Logging;

namespace LoraFunctions.Worker.Logging;

/// <summary>What the worker says.</summary>
internal static partial class WorkerLog
{
    [LoggerMessage(WorkerEvents.Started, LogLevel.Information, "Worker {WorkerName} waits for jobs.")]
    public static partial void Started(ILogger logger, string workerName);

    [LoggerMessage(WorkerEvents.Stopped, LogLevel.Information, "Worker {WorkerName} has stopped.")]
    public static partial void Stopped(ILogger logger, string workerName);

    [LoggerMessage(WorkerEvents.QueueUnreachable, LogLevel.Warning, "The queue could not be read; trying again.")]
    public static partial void QueueUnreachable(ILogger logger, Exception exception);

    [LoggerMessage(WorkerEvents.MessageRefused, LogLevel.Error, "A message is no job and was put aside: {Reason}")]
    public static partial void MessageRefused(ILogger logger, string reason);

    [LoggerMessage(WorkerEvents.JobStarted, LogLevel.Information, "{Kind} job {JobId}: attempt {Attempt} begins.")]
    public static partial void JobStarted(ILogger logger, JobKind kind, string jobId, int attempt);

    [LoggerMessage(WorkerEvents.JobEnded, LogLevel.Information, "{Kind} job {JobId}: {State}.")]
    public static partial void JobEnded(ILogger logger, JobKind kind, string jobId, JobState state);

    [LoggerMessage(WorkerEvents.JobFailed, LogLevel.Error, "{Kind} job {JobId} has failed: {Reason}")]
    public static partial void JobFailed(ILogger logger, JobKind kind, string jobId, string reason);

    [LoggerMessage(WorkerEvents.JobTroubled, LogLevel.Warning, "{Kind} job {JobId}: this attempt failed, it is tried again.")]
    public static partial void JobTroubled(ILogger logger, JobKind kind, string jobId, Exception exception);

    [LoggerMessage(WorkerEvents.ResultAdopted, LogLevel.Warning, "{Kind} job {JobId}: another worker was first, its result counts.")]
    public static partial void ResultAdopted(ILogger logger, JobKind kind, string jobId);

    [LoggerMessage(WorkerEvents.RenewalFailed, LogLevel.Warning, "The {What} could not be renewed.")]
    public static partial void RenewalFailed(ILogger logger, string what, Exception exception);

    [LoggerMessage(WorkerEvents.OwnershipLost, LogLevel.Error, "The {What} is somebody else's by now; the work is dropped.")]
    public static partial void OwnershipLost(ILogger logger, string what);

    [LoggerMessage(WorkerEvents.CheckpointUploaded, LogLevel.Information, "Job {JobId}: checkpoint {Name} is saved.")]
    public static partial void CheckpointUploaded(ILogger logger, string jobId, string name);

    [LoggerMessage(WorkerEvents.CheckpointResumed, LogLevel.Information, "Job {JobId}: {Files} files of an earlier attempt are taken up.")]
    public static partial void CheckpointResumed(ILogger logger, string jobId, int files);

    [LoggerMessage(WorkerEvents.StatusFailed, LogLevel.Warning, "Job {JobId}: its status could not be written.")]
    public static partial void StatusFailed(ILogger logger, string jobId, Exception exception);

    [LoggerMessage(WorkerEvents.ControlTaken, LogLevel.Information, "Job {JobId}: a person's word was taken up.")]
    public static partial void ControlTaken(ILogger logger, string jobId);

    [LoggerMessage(WorkerEvents.ControlFailed, LogLevel.Warning, "Job {JobId}: its control blob could not be read.")]
    public static partial void ControlFailed(ILogger logger, string jobId, Exception exception);
}
