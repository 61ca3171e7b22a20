using System.Diagnostics;
using System.Diagnostics.Metrics;
using LoraFunctions.Pipeline.Hosting;

namespace LoraFunctions.Worker;

/// <summary>The worker's spans and numbers; names as in <see cref="Telemetry"/>.</summary>
internal static class WorkerTelemetry
{
    private const string Name = Telemetry.Prefix + ".Worker";

    private static readonly ActivitySource s_tracing = new(Name);
    private static readonly Meter s_meter = new(Name);

    /// <summary>How long the GPU was held, by <c>lora.job.kind</c> and <c>lora.job.outcome</c>.</summary>
    private static readonly Histogram<double> s_duration = s_meter.CreateHistogram<double>("lora.job.duration", "s");

    /// <summary>Messages that were no job and went to the poison queue.</summary>
    public static Counter<long> Refused { get; } = s_meter.CreateCounter<long>("lora.jobs.refused", "{message}");

    /// <summary>The span of one delivery, in the trace of whoever sent the job.</summary>
    public static Activity? StartJob(JobMessage job)
    {
        bool traced = ActivityContext.TryParse(job.Traceparent, traceState: null, out ActivityContext sender);
        Activity? span = s_tracing.StartActivity($"process {QueueNames.GpuJobs}", ActivityKind.Consumer, traced ? sender : default);
        span?.SetTag("messaging.system", "azure_queue_storage");
        span?.SetTag("messaging.operation.type", "process");
        span?.SetTag("messaging.destination.name", QueueNames.GpuJobs);
        span?.SetTag("lora.job.id", job.JobId);
        span?.SetTag("lora.job.kind", Kind(job));
        return span;
    }

    /// <summary>Says how it ended, on the span that is current and as a number.</summary>
    /// <param name="metrics">What the job itself measured; empty where it did not come to its end.</param>
    public static void JobEnded(JobMessage job, int attempt, string outcome, string? error, IReadOnlyDictionary<string, double> metrics, TimeSpan took)
    {
        s_duration.Record(took.TotalSeconds, Telemetry.Tag("lora.job.kind", Kind(job)), Telemetry.Tag("lora.job.outcome", outcome));
        Activity? span = Activity.Current;
        span?.SetTag("lora.job.attempt", attempt);
        span?.SetTag("lora.job.outcome", outcome);
        foreach ((string name, double value) in metrics)
        {
            span?.SetTag($"lora.job.{name}", value);
        }

        if (error is not null)
        {
            span?.SetStatus(ActivityStatusCode.Error, error);
        }
    }

    private static string Kind(JobMessage job) => job.Kind.ToString().ToLowerInvariant();
}
