using LoraFunctions.Pipeline.Messages;

namespace LoraFunctions.Pipeline.Workflows;

/// <summary>Where a GPU job stands; every transition is a pure function.</summary>
/// <param name="Attempt">The one being submitted or waited for, from 1.</param>
/// <param name="Queued">How often it was put on the queue.</param>
internal sealed record GpuJobState(GpuJobStep Step, int Attempt, int Queued, string? Error)
{
    public static GpuJobState Start { get; } = new(GpuJobStep.Submit, 1, 0, null);

    /// <summary>After submitting, which does not queue what has its result already.</summary>
    public GpuJobState Submitted(JobObservation observed) =>
        observed.Status is null ? this with { Step = GpuJobStep.Wait, Queued = Queued + 1 } : Ended(observed);

    /// <summary>Instead of submitting after the night's deadline: what has its result is taken, nothing is begun.</summary>
    public GpuJobState TooLate(JobObservation observed) =>
        observed.Status is null ? this with { Step = GpuJobStep.TimedOut, Error = "the night's deadline was over before it could be queued" } : Ended(observed);

    /// <summary>After the event or a time-out, with what <c>result.json</c> says now.</summary>
    public GpuJobState Waited(JobObservation observed, int maxAttempts, bool pastDeadline)
    {
        if (observed.Status is not null)
        {
            return Ended(observed);
        }

        if (pastDeadline)
        {
            return this with { Step = GpuJobStep.TimedOut, Error = "it had no result at the night's deadline; its worker goes on, and the next night takes the result up" };
        }

        return Attempt < maxAttempts
            ? this with { Step = GpuJobStep.Submit, Attempt = Attempt + 1 }
            : this with { Step = GpuJobStep.TimedOut };
    }

    public JobOutcome Outcome(PreparedJob job) => Step switch
    {
        GpuJobStep.Succeeded => new JobOutcome(job.JobId, JobOutcomeStatus.Succeeded, Queued, null),
        GpuJobStep.Failed => new JobOutcome(job.JobId, JobOutcomeStatus.Failed, Queued, $"{Error ?? "the worker gave no reason"} (job {job.JobId})"),
        GpuJobStep.TimedOut => new JobOutcome(
            job.JobId,
            JobOutcomeStatus.TimedOut,
            Queued,
            $"job {job.JobId}: {Error ?? $"no result after {Queued} attempts of {job.TimeOut}; is a GPU worker running?"}"),
        _ => throw new InvalidOperationException($"A job at step {Step} has no outcome."),
    };

    private GpuJobState Ended(JobObservation observed) =>
        this with { Step = observed.Status == JobStatus.Succeeded ? GpuJobStep.Succeeded : GpuJobStep.Failed, Error = observed.Error };
}
