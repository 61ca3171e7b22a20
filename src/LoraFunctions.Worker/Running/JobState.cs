namespace LoraFunctions.Worker.Running;

/// <summary>Where one delivery of a job's message stands.</summary>
public enum JobState
{
    /// <summary>The message is ours for a while; nothing else is known.</summary>
    Received,

    /// <summary>The job is ours too.</summary>
    Leased,

    /// <summary>The work is being done.</summary>
    Running,

    /// <summary>The work is done; its artefacts and the result are to be written.</summary>
    Succeeding,

    /// <summary>The job has failed for good; the result that says so is to be written.</summary>
    Failing,

    /// <summary>The result stands; the workflow is to be woken and the message to go.</summary>
    Announcing,

    /// <summary>End: told, and the message is gone.</summary>
    Done,

    /// <summary>End: somebody else is at it; a fresh message comes later in place of this one.</summary>
    Postponed,

    /// <summary>End: it failed this time; the message comes again.</summary>
    LeftToRetry,

    /// <summary>End: this process was told to stop; checkpoints are saved and the message comes again at once.</summary>
    LeftByStop,

    /// <summary>End: message or job belong to somebody else by now; nothing of theirs is touched.</summary>
    Lost,
}

/// <summary>What happened to a delivery.</summary>
public enum JobEvent
{
    /// <summary>The job has a result already: ours from an earlier delivery, or another worker's.</summary>
    ResultFound,

    NoResult,

    LeaseGranted,

    LeaseDenied,

    /// <summary>The work ended well.</summary>
    Succeeded,

    /// <summary>It failed, for a reason that may pass.</summary>
    Failed,

    /// <summary>The storage or the network failed, which says nothing about the job.</summary>
    StorageFailed,

    /// <summary>It failed, and would fail again.</summary>
    FailedForGood,

    /// <summary><c>result.json</c> stands, whoever wrote it.</summary>
    ResultCommitted,

    Announced,

    /// <summary>This process was told to stop.</summary>
    StopAsked,

    /// <summary>The message or the lease could not be renewed.</summary>
    OwnershipLost,
}

/// <summary>The one place that decides what a delivery comes to; a pure function.</summary>
public static class JobTransitions
{
    /// <summary>
    /// So many attempts in a row may fail, or die without a word, none of them getting further; then the job has failed. As many as a queue trigger
    /// of Functions allows (maxDequeueCount).
    /// </summary>
    public const int MaxFailures = 5;

    /// <param name="failures">Attempts that began and count: the one that runs included, and without those that ended because the worker was
    /// told to stop, lost the job or could not reach the storage, and those up to the newest checkpoint.</param>
    /// <exception cref="InvalidOperationException">That cannot happen in that state.</exception>
    public static JobState Next(JobState state, JobEvent happened, int failures) => (state, happened) switch
    {
        (JobState.Received, JobEvent.ResultFound) => JobState.Announcing,
        (JobState.Received, JobEvent.LeaseDenied) => JobState.Postponed,
        (JobState.Received, JobEvent.LeaseGranted) => JobState.Leased,

        // Between the first look and the lease its former owner may have committed.
        (JobState.Leased, JobEvent.ResultFound) => JobState.Announcing,
        (JobState.Leased, JobEvent.NoResult) => failures >= MaxFailures ? JobState.Failing : JobState.Running,

        (JobState.Running, JobEvent.Succeeded) => JobState.Succeeding,
        (JobState.Running, JobEvent.FailedForGood) => JobState.Failing,

        (JobState.Succeeding or JobState.Failing, JobEvent.ResultCommitted) => JobState.Announcing,
        (JobState.Announcing, JobEvent.Announced) => JobState.Done,

        // Everything before the announcement may go wrong, be stopped or be taken away.
        (JobState.Running or JobState.Succeeding, JobEvent.Failed) => failures >= MaxFailures ? JobState.Failing : JobState.LeftToRetry,
        (< JobState.Done, JobEvent.Failed or JobEvent.StorageFailed) => JobState.LeftToRetry,
        (< JobState.Done, JobEvent.StopAsked) => JobState.LeftByStop,
        (< JobState.Done, JobEvent.OwnershipLost) => JobState.Lost,

        _ => throw new InvalidOperationException($"'{happened}' cannot happen to a delivery that is {state}."),
    };

    /// <summary>True when nothing more happens to this delivery.</summary>
    public static bool IsEnd(JobState state) => state >= JobState.Done;
}
