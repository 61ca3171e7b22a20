using LoraFunctions.Pipeline.Storage;
using Microsoft.DurableTask;

namespace LoraFunctions.Pipeline.Jobs;

/// <summary>Puts a job on the queue, unless it has its result. A second message of one job does no harm: the worker does a job once.</summary>
internal sealed class SubmitGpuJob(JobStore jobs, JobQueue queue) : TaskActivity<SubmitGpuJobInput, JobObservation>
{
    public override async Task<JobObservation> RunAsync(TaskActivityContext context, SubmitGpuJobInput input)
    {
        var observed = await jobs.ObserveAsync(input.Job.JobId, default);
        if (observed.Status is not null)
        {
            return observed;
        }

        var message = new JobMessage(
            JobMessage.CurrentSchemaVersion,
            input.Job.JobId,
            input.Job.Kind,
            context.InstanceId,
            input.EventName,
            input.Job.Spec,
            System.Diagnostics.Activity.Current?.Id,
            queue.ResultQueue);
        await queue.EnsureQueuesAsync(default);
        await queue.SendAsync(message, default);
        return observed;
    }
}

/// <summary>Reads <c>jobs/{jobId}/result.json</c>.</summary>
internal sealed class ReadJobResult(JobStore jobs) : TaskActivity<PreparedJob, JobObservation>
{
    public override Task<JobObservation> RunAsync(TaskActivityContext context, PreparedJob input) => jobs.ObserveAsync(input.JobId, default);
}
