using LoraFunctions.Pipeline.Messages;
using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Workflows;
using Microsoft.Extensions.Options;

namespace LoraFunctions.Pipeline.Api;

/// <summary>Starting the night, and its state. The host hands in its client, which some hosts have for the length of a call only.</summary>
public sealed class NightApi(TimeProvider time, IOptions<NightlyOptions> options)
{
    /// <summary>What the hourly timer does: starts the night that is due, once. Null when none is due.</summary>
    public async Task<WorkflowStart?> StartWhenDueAsync(IWorkflowClient workflows, CancellationToken cancellationToken) =>
        NightSchedule.Due(time.GetUtcNow(), options.Value) is { } night
            ? await workflows.StartAsync(WorkflowNames.Nightly, night, InstanceIds.Nightly(night.Date), NightSchedule.DedupeStatuses, cancellationToken)
            : null;

    /// <summary><c>GET nights/{date}</c>.</summary>
    public async Task<ApiResult> GetAsync(IWorkflowClient workflows, string date, CancellationToken cancellationToken)
    {
        if (!NightSchedule.IsDate(date))
        {
            return ApiResult.Invalid([$"The date is '{date}'; it must be written yyyy-MM-dd, e.g. 2025-03-01."]);
        }

        if (await workflows.GetStateAsync(InstanceIds.Nightly(date), cancellationToken) is not { } state)
        {
            return ApiResult.NotFound($"There was no night of {date}.");
        }

        var outcome = state.OutputJson is { } json ? ContractJson.Deserialize<NightOutcome>(json) : null;
        return ApiResult.Ok(new NightStateView(date, state.Status, state.CreatedAt, state.UpdatedAt, outcome, state.FailureReason));
    }
}
