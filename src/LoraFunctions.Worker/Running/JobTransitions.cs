namespace LoraFunctions.Worker.Running;

/// <summary>The one place that decides what a delivery comes to; a pure function.</summary>
public static class JobTransitions
{
    /// <summary>So many deliveries may end in failure; then the job has failed.</summary>
    public const int MaxFailures = 3;

    /// <param name="deliveries">How often the message was delivered, this time included; times when the worker was told to stop do not
    /// count.</param>
    /// <exception cref="InvalidOperationException">That cannot happen in that state.</exception>
    public static JobState Next(JobState state, JobEvent happened, int deliveries) => (state, happened) switch
    {
        (JobState.Received, JobEvent.ResultFound) => JobState.Announcing,
        (JobState.Received, JobEvent.LeaseDenied) => JobState.Postponed,
        (JobState.Received, JobEvent.LeaseGranted) => JobState.Leased,

        // Between the first look and the lease its former owner may have committed.
        (JobState.Leased, JobEvent.ResultFound) => JobState.Announcing,
        (JobState.Leased, JobEvent.NoResult) => deliveries > MaxFailures ? JobState.Failing : JobState.Running,

        (JobState.Running, JobEvent.Succeeded) => JobState.Succeeding,
        (JobState.Running, JobEvent.FailedForGood) => JobState.Failing,

        (JobState.Succeeding or JobState.Failing, JobEvent.ResultCommitted) => JobState.Announcing,
        (JobState.Announcing, JobEvent.Announced) => JobState.Done,

        // Everything before the announcement may go wrong, be stopped or be taken away.
        (JobState.Leased or JobState.Running or JobState.Succeeding, JobEvent.Failed) =>
            deliveries >= MaxFailures ? JobState.Failing : JobState.LeftToRetry,
        (JobState.Received or JobState.Failing or JobState.Announcing, JobEvent.Failed) => JobState.LeftToRetry,
        (< JobState.Done, JobEvent.StopAsked) => JobState.LeftByStop,
        (< JobState.Done, JobEvent.OwnershipLost) => JobState.Lost,

        _ => throw new InvalidOperationException($"'{happened}' cannot happen to a delivery that is {state}."),
    };

    /// <summary>True when nothing more happens to this delivery.</summary>
    public static bool IsEnd(JobState state) => state >= JobState.Done;
}
