
namespace LoraFunctions.Pipeline.Jobs;

/// <summary>A job whose spec is stored.</summary>
/// <param name="TimeOut">How long one attempt is waited for, from the options.</param>
/// <param name="MaxAttempts">How often it is put on the queue before it is given up.</param>
public sealed record PreparedJob(string JobId, JobKind Kind, BlobRef Spec, TimeSpan TimeOut, int MaxAttempts);

/// <summary>Input of <see cref="GpuJobOrchestrator"/>.</summary>
/// <param name="DeadlineUtc">When it is waited for no longer; null: as long as its time-outs say.</param>
public sealed record GpuJobInput(PreparedJob Job, DateTime? DeadlineUtc);

/// <summary>Input of <see cref="SubmitGpuJob"/>.</summary>
/// <param name="EventName">What the instance that calls waits for.</param>
public sealed record SubmitGpuJobInput(PreparedJob Job, string EventName);

/// <summary>What <c>jobs/{jobId}/result.json</c> says.</summary>
/// <param name="Status">Null while there is no result.</param>
/// <param name="Took">How long the attempt ran that counts.</param>
public sealed record JobObservation(JobStatus? Status, string? Error, TimeSpan Took)
{
    /// <summary>Photos that a label job's gate did not let through.</summary>
    public int Rejected { get; init; }

    public static JobObservation NoResult { get; } = new(null, null, TimeSpan.Zero);
}

/// <summary>Result of <see cref="GpuJobOrchestrator"/>; the artefacts are found through <c>jobs/{jobId}/result.json</c>.</summary>
/// <param name="Attempts">How often it was put on the queue; 0 when its result was there already.</param>
/// <param name="Reason">Why it did not succeed, one line for a person.</param>
public sealed record JobOutcome(string JobId, JobOutcomeStatus Status, int Attempts, TimeSpan Took, string? Reason)
{
    /// <summary>Photos that a label job's gate did not let through.</summary>
    public int Rejected { get; init; }
}

/// <summary>How waiting for a job ended.</summary>
public enum JobOutcomeStatus
{
    Succeeded,

    /// <summary>The worker says so in its result.</summary>
    Failed,

    /// <summary>No result in any of the attempts.</summary>
    TimedOut,

    /// <summary>No result before its deadline.</summary>
    TooLate,
}
