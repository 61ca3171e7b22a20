namespace LoraFunctions.Pipeline.Messages;

/// <summary>Input of <see cref="Activities.ActivityNames.SubmitGpuJob"/>.</summary>
/// <param name="InstanceId">The workflow that waits.</param>
/// <param name="EventName"><c>done-{attempt}</c>.</param>
public sealed record SubmitGpuJobInput(PreparedJob Job, string InstanceId, string EventName);
