using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Orchestration;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Options;

namespace LoraFunctions.Pipeline.Api;

/// <summary>Starting the night, and its state. The host hands in its client, which some hosts have for the length of a call only.</summary>
public sealed class NightApi(TimeProvider time, IOptions<NightlyOptions> options)
{
    /// <summary>
    /// What the hourly timer does: starts the night that is due, once. Null when none is due. One that failed is started again: every activity
    /// is idempotent, so that it goes on where it broke.
    /// </summary>
    public async Task<bool?> StartWhenDueAsync(DurableTaskClient engine, CancellationToken cancellationToken) =>
        NightSchedule.Due(time.GetUtcNow(), options.Value) is { } night
            ? await engine.StartOnceAsync(nameof(NightOrchestrator), night, InstanceIds.Night(night.Date), EngineStarts.RunningOrCompleted, cancellationToken)
            : null;

    /// <summary><c>GET nights/{date}</c>.</summary>
    public async Task<ApiResult> GetAsync(DurableTaskClient engine, string date, CancellationToken cancellationToken) =>
        !NightSchedule.IsDate(date) ? ApiResult.Invalid([$"The date is '{date}'; it must be written yyyy-MM-dd, e.g. 2025-03-01."])
        : await engine.GetInstanceAsync(InstanceIds.Night(date), getInputsAndOutputs: true, cancellationToken) is { } instance
            ? ApiResult.Ok(StateView<NightOutcome>.Of(date, instance))
        : ApiResult.NotFound($"There was no night of {date}.");

    /// <summary>Forgets the orchestrations that ended and began longer ago than histories are kept.</summary>
    public Task PurgeAsync(DurableTaskClient engine, CancellationToken cancellationToken) =>
        engine.PurgeAllInstancesAsync(
            new PurgeInstancesFilter(
                DateTimeOffset.UnixEpoch, // the host fails on a filter without a beginning
                time.GetUtcNow() - TriggerSchedules.HistoryRetention,
                [OrchestrationRuntimeStatus.Completed, OrchestrationRuntimeStatus.Failed, OrchestrationRuntimeStatus.Terminated]),
            cancellationToken);
}
