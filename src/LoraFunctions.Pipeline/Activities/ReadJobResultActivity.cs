using LoraFunctions.Pipeline.Messages;
using LoraFunctions.Pipeline.Storage;

namespace LoraFunctions.Pipeline.Activities;

/// <summary>Reads <c>jobs/{jobId}/result.json</c>.</summary>
internal sealed class ReadJobResultActivity(JobStore jobs) : IActivity<ReadJobResultInput, JobObservation>
{
    public async Task<JobObservation> RunAsync(ReadJobResultInput input, CancellationToken cancellationToken) =>
        await jobs.ResultAsync(input.JobId, cancellationToken) is { } result
            ? new JobObservation(result.Status, result.Error)
            : JobObservation.NoResult;
}
