using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Orchestration;
using LoraFunctions.Pipeline.Storage;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Options;

namespace LoraFunctions.Pipeline.Api;

/// <summary>Body of a night that is run again.</summary>
/// <param name="ModelKey">A car model that is trained anew although nothing changed; without: only what is not done is done.</param>
public sealed record RerunRequest(string? ModelKey = null);

/// <summary>Body of a pause.</summary>
/// <param name="By">Who wants it.</param>
/// <param name="Reason">Why.</param>
public sealed record PauseRequest(string By, string? Reason = null);

/// <summary>Nights are paused: none is started until they are resumed.</summary>
public sealed record NightPause(string By, string? Reason, DateTimeOffset Since);

/// <summary>Whether nights are started.</summary>
/// <param name="Paused">Null when they are.</param>
public sealed record NightsState(NightPause? Paused);

/// <summary>A night.</summary>
/// <param name="Report">The whole story, once it has ended.</param>
public sealed record NightView(StateView<NightOutcome> State, NightReport? Report);

/// <summary>The night: its timer, its state, run again, paused. The host hands in its client, which some hosts have for the length of a call only.</summary>
public sealed class NightApi(BlobStore blobs, TimeProvider time, IOptions<NightlyOptions> options)
{
    internal IReadOnlyList<ApiEndpoint> Endpoints =>
    [
        new("GET", "nights/{date}", "getNight", "A night's state and, at its end, its report.", 200, typeof(NightView), GetAsync),
        new("POST", "nights/{date}/rerun", "rerunNight", "Runs a night again: what failed is tried, what is done stays; a car model can be trained anew.", 202,
            typeof(Started), RerunAsync, typeof(RerunRequest), """{"modelKey": "tesla-model-y-2024"}"""),
        new("POST", "nights/pause", "pauseNights", "Starts no night until they are resumed; tonight's stands still.", 200, typeof(NightsState), PauseAsync,
            typeof(PauseRequest), """{"by": "Li Wei", "reason": "the GPU is needed elsewhere"}"""),
        new("POST", "nights/resume", "resumeNights", "Starts nights again; tonight's goes on.", 200, typeof(NightsState), ResumeAsync, typeof(PauseRequest), """{"by": "Li Wei"}"""),
    ];

    /// <summary>
    /// What the hourly timer does: starts the night that is due, once. Null when none is due, or nights are paused. One that failed is started
    /// again: every activity is idempotent, so that it goes on where it broke.
    /// </summary>
    public async Task<bool?> StartWhenDueAsync(DurableTaskClient engine, CancellationToken cancellationToken) =>
        NightSchedule.Due(time.GetUtcNow(), options.Value) is { } night && !await blobs.ExistsAsync(ContainerNames.Jobs, BlobNames.NightPause, cancellationToken)
            ? await engine.StartOnceAsync(nameof(NightOrchestrator), night, InstanceIds.Night(night.Date), EngineStarts.RunningOrCompleted, cancellationToken)
            : null;

    /// <summary>Forgets the orchestrations that ended and began longer ago than histories are kept.</summary>
    public Task PurgeAsync(DurableTaskClient engine, CancellationToken cancellationToken) =>
        engine.PurgeAllInstancesAsync(
            new PurgeInstancesFilter(
                DateTimeOffset.UnixEpoch, // the host fails on a filter without a beginning
                time.GetUtcNow() - TriggerSchedules.HistoryRetention,
                [OrchestrationRuntimeStatus.Completed, OrchestrationRuntimeStatus.Failed, OrchestrationRuntimeStatus.Terminated]),
            cancellationToken);

    private async Task<ApiResult> GetAsync(ApiCall call)
    {
        var date = call.Route["date"];
        if (!NightSchedule.IsDate(date))
        {
            return NoDate(date);
        }

        if (await call.Engine.GetInstanceAsync(InstanceIds.Night(date), getInputsAndOutputs: true, call.Cancelled) is not { } instance)
        {
            return ApiResult.NotFound($"There was no night of {date}.");
        }

        var state = StateView<NightOutcome>.Of(date, instance);
        return ApiResult.Ok(new NightView(state, state.Outcome is { } outcome ? await blobs.ReadJsonAsync<NightReport>(outcome.Report, call.Cancelled) : null));
    }

    private async Task<ApiResult> RerunAsync(ApiCall call)
    {
        var date = call.Route["date"];
        var modelKey = call.Body.Text("modelKey", required: false);
        if (modelKey is not null && await KnownModels.ProblemAsync(blobs, modelKey, call.Cancelled) is { } problem)
        {
            call.Body.Error("modelKey", problem);
        }

        if (!NightSchedule.IsDate(date))
        {
            return NoDate(date);
        }

        if (call.Body.Refused() is { } refused)
        {
            return refused;
        }

        if (!await blobs.ExistsAsync(ContainerNames.Jobs, BlobNames.NightPlan(date), call.Cancelled)
            && await call.Engine.GetInstanceAsync(InstanceIds.Night(date), call.Cancelled) is null)
        {
            return ApiResult.NotFound($"There was no night of {date}.");
        }

        var now = time.GetUtcNow();
        var night = NightSchedule.ByHand(now, options.Value) with { Date = date, Retrain = modelKey, RetrainKey = modelKey is null ? "" : Digests.OfText($"{now:O}")[..16] };
        return await call.Engine.StartOnceAsync(nameof(NightOrchestrator), night, InstanceIds.Night(date), EngineStarts.Running, call.Cancelled)
            ? ApiResult.Accepted(new Started(date, AlreadyThere: false), $"/{LoraApi.Prefix}/nights/{date}")
            : ApiResult.Conflict($"The night of {date} runs; wait for its end.");
    }

    private async Task<ApiResult> PauseAsync(ApiCall call)
    {
        var by = call.Body.Text("by", required: true);
        var reason = call.Body.Text("reason", required: false, maxLength: 500);
        if (call.Body.Refused() is { } refused)
        {
            return refused;
        }

        await blobs.PutJsonIfAbsentAsync(ContainerNames.Jobs, BlobNames.NightPause, new NightPause(by!, reason, time.GetUtcNow()), call.Cancelled);
        if (await TonightAsync(call) is { RuntimeStatus: OrchestrationRuntimeStatus.Running or OrchestrationRuntimeStatus.Pending } tonight)
        {
            await call.Engine.SuspendInstanceAsync(tonight.InstanceId, $"paused by {by}", call.Cancelled);
        }

        return ApiResult.Ok(await StateAsync(call.Cancelled));
    }

    private async Task<ApiResult> ResumeAsync(ApiCall call)
    {
        var by = call.Body.Text("by", required: true);
        call.Body.Text("reason", required: false, maxLength: 500);
        if (call.Body.Refused() is { } refused)
        {
            return refused;
        }

        await blobs.RemoveAsync(ContainerNames.Jobs, BlobNames.NightPause, call.Cancelled);
        if (await TonightAsync(call) is { RuntimeStatus: OrchestrationRuntimeStatus.Suspended } tonight)
        {
            await call.Engine.ResumeInstanceAsync(tonight.InstanceId, $"resumed by {by}", call.Cancelled);
        }

        return ApiResult.Ok(await StateAsync(call.Cancelled));
    }

    private async Task<NightsState> StateAsync(CancellationToken cancellationToken) =>
        new(await blobs.TryReadJsonAsync<NightPause>(ContainerNames.Jobs, BlobNames.NightPause, cancellationToken));

    private Task<OrchestrationMetadata?> TonightAsync(ApiCall call) =>
        call.Engine.GetInstanceAsync(InstanceIds.Night(NightSchedule.ByHand(time.GetUtcNow(), options.Value).Date), call.Cancelled);

    private static ApiResult NoDate(string date) => ApiResult.Invalid("date", $"it is '{date}'; it must be written yyyy-MM-dd, e.g. 2025-03-01.");
}
