using System.Diagnostics;
using LoraFunctions.Pipeline.Hosting;
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

        var kind = input.Job.Kind.ToString().ToLowerInvariant();
        using var span = Telemetry.Tracing.StartActivity($"send {QueueNames.GpuJobs}", ActivityKind.Producer);
        span?.SetTag("messaging.system", "azure_queue_storage");
        span?.SetTag("messaging.operation.type", "send");
        span?.SetTag("messaging.destination.name", QueueNames.GpuJobs);
        span?.SetTag("lora.job.id", input.Job.JobId);
        span?.SetTag("lora.job.kind", kind);
        var message = new JobMessage(
            JobMessage.CurrentSchemaVersion,
            input.Job.JobId,
            input.Job.Kind,
            context.InstanceId,
            input.EventName,
            input.Job.Spec,
            Activity.Current?.Id,
            queue.ResultQueue);
        await queue.EnsureQueuesAsync(default);
        await queue.SendAsync(message, default);
        Telemetry.SubmittedJobs.Add(1, Telemetry.Tag("lora.job.kind", kind));
        return observed;
    }
}

/// <summary>Reads <c>jobs/{jobId}/result.json</c>.</summary>
internal sealed class ReadJobResult(JobStore jobs) : TaskActivity<PreparedJob, JobObservation>
{
    public override Task<JobObservation> RunAsync(TaskActivityContext context, PreparedJob input) => jobs.ObserveAsync(input.JobId, default);
}
