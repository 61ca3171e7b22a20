using LoraFunctions.Pipeline.Messages;
using LoraFunctions.Pipeline.Storage;

namespace LoraFunctions.Pipeline.Activities;

/// <summary>Puts a job on the queue, unless it has its result. A second message of one job does no harm: the worker does a job once.</summary>
internal sealed class SubmitGpuJobActivity(JobStore jobs, JobQueue queue) : IActivity<SubmitGpuJobInput, JobObservation>
{
    public async Task<JobObservation> RunAsync(SubmitGpuJobInput input, CancellationToken cancellationToken)
    {
        if (await jobs.ResultAsync(input.Job.JobId, cancellationToken) is { } result)
        {
            return new JobObservation(result.Status, result.Error);
        }

        var message = new JobMessage(
            JobMessage.CurrentSchemaVersion,
            input.Job.JobId,
            input.Job.Kind,
            input.InstanceId,
            input.EventName,
            input.Job.Spec,
            System.Diagnostics.Activity.Current?.Id);
        await queue.EnsureQueuesAsync(cancellationToken);
        await queue.SendAsync(message, cancellationToken);
        return JobObservation.NoResult;
    }
}
