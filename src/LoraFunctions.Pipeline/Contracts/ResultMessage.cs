namespace LoraFunctions.Pipeline.Contracts;

/// <summary>A message on <see cref="Storage.QueueNames.GpuResults"/>. It only wakes the workflow: <c>jobs/{jobId}/result.json</c> is the truth.</summary>
public sealed record ResultMessage(int SchemaVersion, string JobId, string InstanceId, string EventName)
{
    public const int CurrentSchemaVersion = 1;
}
