
namespace LoraFunctions.Pipeline.Jobs;

/// <summary>What a <see cref="GpuJobOrchestrator"/> does next.</summary>
internal enum GpuJobStep
{
    Submit,
    Wait,
    Ended,
}

/// <summary>Where a GPU job stands; every transition is a pure function.</summary>
/// <param name="Attempt">The one being submitted or waited for, from 1.</param>
/// <param name="Queued">How often it was put on the queue.</param>
/// <param name="Status">How it ended.</param>
internal sealed record GpuJobState(GpuJobStep Step, int Attempt, int Queued, JobOutcomeStatus Status, TimeSpan Took, string? Error, int Rejected = 0)
{
    public static GpuJobState Start { get; } = new(GpuJobStep.Submit, 1, 0, default, TimeSpan.Zero, null);

    /// <summary>After submitting, which does not queue what has its result already.</summary>
    public GpuJobState Submitted(JobObservation observed) =>
        observed.Status is null ? this with { Step = GpuJobStep.Wait, Queued = Queued + 1 } : Ended(observed);

    /// <summary>Instead of submitting after the deadline: what has its result is taken, nothing is begun.</summary>
    public GpuJobState TooLate(JobObservation observed) =>
        observed.Status is null ? Ended(JobOutcomeStatus.TooLate, "there was no time left to begin it") : Ended(observed);

    /// <summary>After the event or a time-out, with what <c>result.json</c> says now.</summary>
    public GpuJobState Waited(JobObservation observed, int maxAttempts, bool pastDeadline) =>
        observed.Status is not null ? Ended(observed)
        : pastDeadline ? Ended(JobOutcomeStatus.TooLate, "it had no result when its time was over; its worker goes on, and the next night takes the result up")
        : Attempt < maxAttempts ? this with { Step = GpuJobStep.Submit, Attempt = Attempt + 1 }
        : Ended(JobOutcomeStatus.TimedOut, null);

    public JobOutcome Outcome(PreparedJob job) => new(job.JobId, Status, Queued, Took, Status switch
    {
        JobOutcomeStatus.Succeeded => null,
        JobOutcomeStatus.Failed => $"{Error ?? "the worker gave no reason"} (job {job.JobId})",
        JobOutcomeStatus.TooLate => $"job {job.JobId}: {Error}",
        _ => $"job {job.JobId}: no result after {Queued} attempts of {job.TimeOut}; is a GPU worker running?",
    })
    {
        Rejected = Rejected,
    };

    private GpuJobState Ended(JobObservation observed) =>
        Ended(observed.Status == JobStatus.Succeeded ? JobOutcomeStatus.Succeeded : JobOutcomeStatus.Failed, observed.Error) with { Took = observed.Took, Rejected = observed.Rejected };

    private GpuJobState Ended(JobOutcomeStatus status, string? error) => this with { Step = GpuJobStep.Ended, Status = status, Error = error };
}
