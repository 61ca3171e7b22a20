using LoraFunctions.Pipeline.Datasets;
using LoraFunctions.Pipeline.Jobs;
using LoraFunctions.Pipeline.Listings;
using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Training;
using Microsoft.DurableTask;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LoraFunctions.Pipeline.Tests.Replaying;

/// <summary>
/// Runs one orchestrator on one thread, answers its calls one by one and writes down what it did. Inputs and results go through JSON.
/// Time stands still but for a second an answer; a timer fires when nothing else can happen.
/// </summary>
internal sealed class OrchestratorRun : TaskOrchestrationContext
{
    public static readonly DateTime Begin = new(2025, 3, 1, 18, 0, 0, DateTimeKind.Utc);

    private static readonly ITaskOrchestrator[] s_orchestrators =
    [
        new NightOrchestrator(), new ListingsOrchestrator(), new DatasetsOrchestrator(), new TrainAndRenderOrchestrator(),
        new TrainingOrchestrator(), new GpuJobOrchestrator(),
    ];

    private readonly Func<Call, DateTime, Answer> _world;
    private readonly ITaskOrchestrator _orchestrator;
    private readonly List<PendingCall> _all = [];
    private readonly List<int> _completed = [];
    private readonly List<int> _callsBefore = [];
    private OrchestratorRun? _replayed;
    private DateTime _now = Begin;

    private OrchestratorRun(string name, string instanceId, Func<Call, DateTime, Answer> world) =>
        (_orchestrator, InstanceId, _world) = (Orchestrator(name), instanceId, world);

    public override TaskName Name => _orchestrator.GetType().Name;

    public override string InstanceId { get; }

    public override ParentOrchestrationInstance? Parent => null;

    public override bool IsReplaying => _replayed is not null;

    public override DateTime CurrentUtcDateTime => _now;

    public IReadOnlyList<Call> Calls => [.. _all.Select(p => p.Call)];

    /// <summary>Answers in the order of <see cref="Calls"/>.</summary>
    public IReadOnlyList<Answer> Answers => [.. _all.Select(p => p.Answer)];

    /// <summary>Indices of the calls in the order in which they were answered.</summary>
    public IReadOnlyList<int> Completed => _completed;

    /// <summary>How many calls had been made before each of <see cref="Completed"/>.</summary>
    public IReadOnlyList<int> CallsBefore => _callsBefore;

    /// <summary>Calls whose token cancelled them.</summary>
    public IReadOnlyList<Call> Cancelled => [.. _all.Where(p => p.IsCancelled).Select(p => p.Call)];

    /// <summary>The most activities and orchestrators that were under way at once.</summary>
    public int MostAtOnce { get; private set; }

    /// <summary>The orchestrator's result as JSON; null when it failed.</summary>
    public string? Output { get; private set; }

    public Exception? Failure { get; private set; }

    public T Result<T>() => ContractJson.Deserialize<T>(Output ?? throw new InvalidOperationException($"It failed: {Failure}"));

    /// <summary>Runs to the end.</summary>
    /// <param name="seed">Null: answers come in the order of the calls; else in a random one.</param>
    public static OrchestratorRun ToEnd(string orchestrator, object input, string instanceId, Func<Call, DateTime, Answer> world, int? seed = null, DateTime? begin = null)
    {
        var random = seed is { } s ? new Random(s) : null;
        var run = new OrchestratorRun(orchestrator, instanceId, world) { _now = begin ?? Begin };
        run.Go(input, open => open[random?.Next(open.Count) ?? 0]);
        return run;
    }

    /// <summary>Runs again with the answers of a recorded run, in their order, up to a number of them; checks every call against the record.</summary>
    public static OrchestratorRun Again(string orchestrator, object input, OrchestratorRun recorded, int answers)
    {
        var run = new OrchestratorRun(orchestrator, recorded.InstanceId, (call, _) => throw new InvalidOperationException($"{call} is not in the record.")) { _replayed = recorded };
        run.Go(input, open =>
        {
            var next = run._completed.Count;
            return next < answers ? run._all[recorded.Completed[next]] : null;
        });
        return run;
    }

    /// <summary>How an orchestrator of this name is asked and answers.</summary>
    public static ITaskOrchestrator Orchestrator(string name) => s_orchestrators.Single(o => o.GetType().Name == name);

    public override Task<TResult> CallActivityAsync<TResult>(TaskName name, object? input = null, TaskOptions? options = null)
    {
        options?.Retry.ShouldNotBeNull($"{name} is called without a retry policy");
        return Make<TResult>(new Call(CallKind.Activity, name, ContractJson.Serialize(input), InstanceId)).Task;
    }

    public override Task<TResult> CallSubOrchestratorAsync<TResult>(TaskName orchestratorName, object? input = null, TaskOptions? options = null) =>
        Make<TResult>(new Call(
            CallKind.Orchestrator,
            orchestratorName,
            ContractJson.Serialize(input),
            options.ShouldBeOfType<SubOrchestrationOptions>().InstanceId.ShouldNotBeNull())).Task;

    public override Task<T> WaitForExternalEvent<T>(string eventName, CancellationToken cancellationToken = default)
    {
        var pending = Make<T>(new Call(CallKind.Event, eventName, "", InstanceId));
        pending.CancelWith(cancellationToken);
        return pending.Task;
    }

    public override Task CreateTimer(DateTime fireAt, CancellationToken cancellationToken)
    {
        fireAt.Kind.ShouldBe(DateTimeKind.Utc);
        var pending = Make<bool>(new Call(CallKind.Timer, "timer", ContractJson.Serialize(fireAt), InstanceId));
        pending.CancelWith(cancellationToken);
        return pending.Task;
    }

    public override T? GetInput<T>()
        where T : default => throw new NotSupportedException("Inputs are handed in.");

    public override void SendEvent(string instanceId, string eventName, object payload) => throw new NotSupportedException("No orchestrator sends events.");

    public override void SetCustomStatus(object? customStatus)
    {
        // Shown to whoever asks; no orchestrator reads it.
    }

    public override void ContinueAsNew(object? newInput = null, bool preserveUnprocessedEvents = true) =>
        throw new NotSupportedException("No orchestrator begins anew.");

    public override Guid NewGuid() => throw new NotSupportedException("Names are made from what they name.");

    protected override ILoggerFactory LoggerFactory => NullLoggerFactory.Instance;

    private PendingCall<T> Make<T>(Call call)
    {
        var index = _all.Count;
        Answer answer;
        if (_replayed is { } recorded)
        {
            index.ShouldBeLessThan(recorded.Calls.Count, $"On replay there is a call that was not made before: {call}");
            call.ShouldBe(recorded.Calls[index], "On replay another call is made");
            answer = recorded.Answers[index];
        }
        else
        {
            answer = call.Kind == CallKind.Timer ? Answer.Of(true) : _world(call, _now);
        }

        var pending = new PendingCall<T>(index, call, answer);
        _all.Add(pending);
        MostAtOnce = Math.Max(MostAtOnce, _all.Count(p => !p.IsDone && p.Call.Kind is (CallKind.Activity or CallKind.Orchestrator)));
        return pending;
    }

    private void Go(object input, Func<IReadOnlyList<PendingCall>, PendingCall?> choose)
    {
        var typed = System.Text.Json.JsonSerializer.Deserialize(ContractJson.Serialize(input), _orchestrator.InputType, ContractJson.Options)!;
        var outer = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            var task = _orchestrator.RunAsync(this, typed);
            while (!task.IsCompleted)
            {
                var open = Open();
                if (open.Count == 0)
                {
                    throw new InvalidOperationException($"{Name} waits for ever: {string.Join(", ", _all.Where(p => !p.IsDone).Select(p => p.Call.Name))}");
                }

                if (choose(open) is not { } next)
                {
                    return;
                }

                Complete(next);
            }

            if (task.IsCompletedSuccessfully)
            {
                task.Result.ShouldNotBeNull().GetType().ShouldBe(_orchestrator.OutputType);
                Output = System.Text.Json.JsonSerializer.Serialize(task.Result, _orchestrator.OutputType, ContractJson.Options);
            }
            else
            {
                Failure = task.Exception!.InnerException;
            }
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(outer);
        }
    }

    private IReadOnlyList<PendingCall> Open()
    {
        var open = _all.Where(p => !p.IsDone && p.Answer.Comes).ToList();
        return open.Exists(p => p.Call.Kind != CallKind.Timer) ? open.FindAll(p => p.Call.Kind != CallKind.Timer) : open;
    }

    private void Complete(PendingCall next)
    {
        next.IsDone.ShouldBeFalse($"{next.Call} is answered twice");
        _now += TimeSpan.FromSeconds(1) + next.Answer.Takes;
        if (next.Call.Kind == CallKind.Timer && next.Call.Read<DateTime>() is var fireAt && fireAt > _now)
        {
            _now = fireAt;
        }

        _callsBefore.Add(_all.Count);
        _completed.Add(next.Index);
        next.Complete();
    }
}
