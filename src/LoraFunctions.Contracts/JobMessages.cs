using System.Text.Json.Serialization;

namespace LoraFunctions.Contracts;

/// <summary>A message on <see cref="QueueNames.GpuJobs"/>: JSON, UTF-8, not base64.</summary>
/// <param name="JobId">Hash of the kind and every input digest: equal work has an equal name.</param>
/// <param name="InstanceId">The instance that waits.</param>
/// <param name="EventName">The event it waits for, <c>done-{attempt}</c>: a new name each attempt, because a wait that timed out can swallow later events of its name.</param>
/// <param name="SpecBlob">The job's spec in <see cref="ContainerNames.Jobs"/>: a <see cref="LabelJobSpec"/>, <see cref="TrainJobSpec"/> or <see cref="RenderJobSpec"/>.</param>
/// <param name="Traceparent">W3C trace context, so that one trace covers the night.</param>
/// <param name="ResultQueue">Where the worker says that it is done; null: <see cref="QueueNames.GpuResults"/>. Several hosts share one account,
/// and none may take the others' results.</param>
public sealed record JobMessage(
    int SchemaVersion,
    string JobId,
    JobKind Kind,
    string InstanceId,
    string EventName,
    BlobRef SpecBlob,
    string? Traceparent,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? ResultQueue = null)
{
    public const int CurrentSchemaVersion = 1;
}

/// <summary>A message on <see cref="QueueNames.GpuResults"/>. It only wakes the orchestration: <c>jobs/{jobId}/result.json</c> is the truth.</summary>
public sealed record ResultMessage(int SchemaVersion, string JobId, string InstanceId, string EventName)
{
    public const int CurrentSchemaVersion = 1;
}
