using System.Diagnostics;
using DurableTask.Core;
using DurableTask.Core.History;
using DurableTask.Core.Tracing;
using LoraFunctions.Pipeline;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Converters;

namespace LoraFunctions.Cli.Hosting;

/// <summary>The engine's client straight on its store: as much of it as this program and the pipeline's handlers ask for.</summary>
internal sealed class EngineClient(IOrchestrationServiceClient store, TimeProvider time) : DurableTaskClient("store")
{
    /// <summary>How histories are written, by the worker and by us.</summary>
    public static DataConverter Json { get; } = new JsonDataConverter(ContractJson.Options);

    public override async Task<string> ScheduleNewOrchestrationInstanceAsync(
        TaskName orchestratorName,
        object? input = null,
        StartOrchestrationOptions? options = null,
        CancellationToken cancellation = default)
    {
        string id = options?.InstanceId ?? throw new ArgumentException("An instance has a name of our choice.", nameof(options));

        // The store tells a second execution of a name by this mark from the first.
        string execution = Digests.OfText($"{id} {time.GetUtcNow():O}")[..32];
        var instance = new OrchestrationInstance { InstanceId = id, ExecutionId = execution };
        var started = new ExecutionStartedEvent(-1, Json.Serialize(input))
        {
            Name = orchestratorName.Name,
            Version = string.Empty,
            OrchestrationInstance = instance,

            // Whoever takes the night up after a crash goes on in the trace of the one who began it.
            ParentTraceContext = Activity.Current is { Id: { } traceparent } current ? new DistributedTraceContext(traceparent, current.TraceStateString) : null,
        };
        OrchestrationStatus[] unless = [.. (options.DedupeStatuses ?? []).Select(Enum.Parse<OrchestrationStatus>)];
        await store.CreateTaskOrchestrationAsync(new TaskMessage { OrchestrationInstance = instance, Event = started }, unless);
        return id;
    }

    public override Task RaiseEventAsync(string instanceId, string eventName, object? eventPayload = null, CancellationToken cancellation = default) =>
        SendAsync(instanceId, new EventRaisedEvent(-1, Json.Serialize(eventPayload)) { Name = eventName });

    public override async Task<OrchestrationMetadata?> GetInstancesAsync(
        string instanceId,
        bool getInputsAndOutputs = false,
        CancellationToken cancellation = default)
    {
        IList<OrchestrationState> states = await store.GetOrchestrationStateAsync(instanceId, allExecutions: false);
        return states is [{ } state, ..] ? Metadata(state) : null;
    }

    public override async Task<OrchestrationMetadata> WaitForInstanceCompletionAsync(
        string instanceId,
        bool getInputsAndOutputs = false,
        CancellationToken cancellation = default) =>
        Metadata(await store.WaitForOrchestrationAsync(instanceId, null, Timeout.InfiniteTimeSpan, cancellation));

    public override Task TerminateInstanceAsync(string instanceId, TerminateInstanceOptions? options = null, CancellationToken cancellation = default) =>
        SendAsync(instanceId, new ExecutionTerminatedEvent(-1, options?.Output as string));

    public override Task SuspendInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellation = default) =>
        SendAsync(instanceId, new ExecutionSuspendedEvent(-1, reason));

    public override Task ResumeInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellation = default) =>
        SendAsync(instanceId, new ExecutionResumedEvent(-1, reason));

    public override Task<OrchestrationMetadata> WaitForInstanceStartAsync(
        string instanceId,
        bool getInputsAndOutputs = false,
        CancellationToken cancellation = default) =>
        throw new NotSupportedException("Nobody here waits for a start.");

    public override AsyncPageable<OrchestrationMetadata> GetAllInstancesAsync(OrchestrationQuery? filter = null) =>
        throw new NotSupportedException("Nobody here lists instances.");

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Task SendAsync(string instanceId, HistoryEvent sent) =>
        store.SendTaskOrchestrationMessageAsync(
            new TaskMessage { OrchestrationInstance = new OrchestrationInstance { InstanceId = instanceId }, Event = sent });

    private static OrchestrationMetadata Metadata(OrchestrationState state) => new(state.Name, state.OrchestrationInstance.InstanceId)
    {
        RuntimeStatus = Enum.Parse<OrchestrationRuntimeStatus>(state.OrchestrationStatus.ToString()),
        CreatedAt = Utc(state.CreatedTime),
        LastUpdatedAt = Utc(state.LastUpdatedTime),
        SerializedInput = state.Input,
        SerializedOutput = state.Output,
        SerializedCustomStatus = state.Status,
        FailureDetails = state.FailureDetails is { } failure
            ? new TaskFailureDetails(failure.ErrorType, failure.ErrorMessage, failure.StackTrace, InnerFailure: null, Properties: null)
            : null,
        DataConverter = Json,
    };

    /// <summary>The store writes its times in UTC and does not always say so.</summary>
    private static DateTimeOffset Utc(DateTime time) => new(DateTime.SpecifyKind(time, DateTimeKind.Utc));
}
