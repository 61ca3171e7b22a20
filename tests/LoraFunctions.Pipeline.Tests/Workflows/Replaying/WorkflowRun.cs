using LoraFunctions.Pipeline.Hosting;
using LoraFunctions.Pipeline.Workflows;

namespace LoraFunctions.Pipeline.Tests.Workflows.Replaying;

/// <summary>
/// Runs one workflow on one thread, answers its calls one by one and writes down what it did. Inputs and results go through JSON.
/// Time stands still but for a second an answer; a timer fires when nothing else can happen.
/// </summary>
internal sealed class WorkflowRun : IWorkflowContext
{
    public static readonly DateTime Begin = new(2025, 3, 1, 18, 0, 0, DateTimeKind.Utc);

    private readonly Func<Call, Answer> _world;
    private readonly List<PendingCall> _all = [];
    private readonly List<int> _completed = [];
    private readonly List<int> _callsBefore = [];
    private WorkflowRun? _replayed;

    private WorkflowRun(string instanceId, Func<Call, Answer> world) => (InstanceId, _world) = (instanceId, world);

    public string InstanceId { get; }

    public DateTime CurrentUtcDateTime { get; private set; } = Begin;

    public IReadOnlyList<Call> Calls => [.. _all.Select(p => p.Call)];

    /// <summary>Answers in the order of <see cref="Calls"/>.</summary>
    public IReadOnlyList<Answer> Answers => [.. _all.Select(p => p.Answer)];

    /// <summary>Indices of the calls in the order in which they were answered.</summary>
    public IReadOnlyList<int> Completed => _completed;

    /// <summary>How many calls had been made before each of <see cref="Completed"/>.</summary>
    public IReadOnlyList<int> CallsBefore => _callsBefore;

    /// <summary>Calls whose token cancelled them.</summary>
    public IReadOnlyList<Call> Cancelled => [.. _all.Where(p => p.IsCancelled).Select(p => p.Call)];

    /// <summary>The most activities and workflows that were under way at once.</summary>
    public int MostAtOnce { get; private set; }

    /// <summary>The workflow's result as JSON; null when it failed.</summary>
    public string? Output { get; private set; }

    public Exception? Failure { get; private set; }

    public T Result<T>() => ContractJson.Deserialize<T>(Output ?? throw new InvalidOperationException($"It failed: {Failure}"));

    /// <summary>Runs to the end.</summary>
    /// <param name="seed">Null: answers come in the order of the calls; else in a random one.</param>
    public static WorkflowRun ToEnd(string workflow, object input, string instanceId, Func<Call, Answer> world, int? seed = null)
    {
        var random = seed is { } s ? new Random(s) : null;
        var run = new WorkflowRun(instanceId, world);
        run.Go(workflow, input, open => open[random?.Next(open.Count) ?? 0]);
        return run;
    }

    /// <summary>Runs again with the answers of a recorded run, in their order, up to a number of them; checks every call against the record.</summary>
    public static WorkflowRun Again(string workflow, object input, WorkflowRun recorded, int answers)
    {
        var run = new WorkflowRun(recorded.InstanceId, call => throw new InvalidOperationException($"{call} is not in the record.")) { _replayed = recorded };
        run.Go(workflow, input, open =>
        {
            var next = run._completed.Count;
            return next < answers ? run._all[recorded.Completed[next]] : null;
        });
        return run;
    }

    public Task<TResult> CallActivityAsync<TResult>(string name, object? input) =>
        Make<TResult>(new Call(CallKind.Activity, name, ContractJson.Serialize(input), InstanceId)).Task;

    public Task<TResult> CallSubOrchestratorAsync<TResult>(string name, object? input, string instanceId) =>
        Make<TResult>(new Call(CallKind.Workflow, name, ContractJson.Serialize(input), instanceId)).Task;

    public Task<T> WaitForExternalEvent<T>(string eventName, CancellationToken cancellationToken)
    {
        var pending = Make<T>(new Call(CallKind.Event, eventName, "", InstanceId));
        pending.CancelWith(cancellationToken);
        return pending.Task;
    }

    public Task CreateTimer(DateTime fireAt, CancellationToken cancellationToken)
    {
        fireAt.Kind.ShouldBe(DateTimeKind.Utc);
        var pending = Make<bool>(new Call(CallKind.Timer, "timer", ContractJson.Serialize(fireAt), InstanceId));
        pending.CancelWith(cancellationToken);
        return pending.Task;
    }

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
            answer = call.Kind == CallKind.Timer ? Answer.Of(true) : _world(call);
        }

        var pending = new PendingCall<T>(index, call, answer);
        _all.Add(pending);
        MostAtOnce = Math.Max(MostAtOnce, _all.Count(p => !p.IsDone && p.Call.Kind is (CallKind.Activity or CallKind.Workflow)));
        return pending;
    }

    private void Go(string workflow, object input, Func<IReadOnlyList<PendingCall>, PendingCall?> choose)
    {
        var entry = PipelineCatalog.Workflow(workflow);
        var typed = System.Text.Json.JsonSerializer.Deserialize(ContractJson.Serialize(input), entry.InputType, ContractJson.Options)!;
        var outer = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            var task = entry.RunAsync(this, typed);
            while (!task.IsCompleted)
            {
                var open = Open();
                if (open.Count == 0)
                {
                    throw new InvalidOperationException($"{workflow} waits for ever: {string.Join(", ", _all.Where(p => !p.IsDone).Select(p => p.Call.Name))}");
                }

                if (choose(open) is not { } next)
                {
                    return;
                }

                Complete(next);
            }

            if (task.IsCompletedSuccessfully)
            {
                task.Result.GetType().ShouldBe(entry.OutputType);
                Output = System.Text.Json.JsonSerializer.Serialize(task.Result, entry.OutputType, ContractJson.Options);
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
        CurrentUtcDateTime = CurrentUtcDateTime.AddSeconds(1);
        if (next.Call.Kind == CallKind.Timer && next.Call.Read<DateTime>() is var fireAt && fireAt > CurrentUtcDateTime)
        {
            CurrentUtcDateTime = fireAt;
        }

        _callsBefore.Add(_all.Count);
        _completed.Add(next.Index);
        next.Complete();
    }
}
