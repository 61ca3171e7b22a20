using System.Collections.Concurrent;
using System.Text.Json;
using LoraFunctions.Pipeline;
using LoraFunctions.Pipeline.Hosting;
using LoraFunctions.Pipeline.Workflows;

namespace LoraFunctions.Cli.Hosting;

/// <summary>
/// Carries the workflows inside one process: activities run as tasks, only so many at once. It keeps no journal. Every activity is
/// idempotent, so whoever runs a workflow again after a crash skips what is done and resumes what is half done. Inputs and outputs go
/// through JSON, as with the durable host, so that nothing works here that would fail there.
/// </summary>
internal sealed class InProcessWorkflowHost : IWorkflowClient, IDisposable
{
    private readonly ConcurrentDictionary<string, WorkflowInstance> _instances = new(StringComparer.Ordinal);
    private readonly Lock _starting = new();
    private readonly SemaphoreSlim _activities;
    private readonly IServiceProvider _services;
    private readonly TimeProvider _time;
    private readonly CancellationToken _stop;
    private readonly IActivityObserver? _observer;

    /// <param name="maxActivitiesAtOnce">As host.json has it for the durable host.</param>
    /// <param name="stop">Ends everything that runs; what was done stays done.</param>
    public InProcessWorkflowHost(
        IServiceProvider services,
        TimeProvider time,
        int maxActivitiesAtOnce,
        CancellationToken stop,
        IActivityObserver? observer = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxActivitiesAtOnce, 1);
        _activities = new SemaphoreSlim(maxActivitiesAtOnce);
        _services = services;
        _time = time;
        _stop = stop;
        _observer = observer;
    }

    public Task<WorkflowStart> StartAsync(
        string workflowName,
        object input,
        string instanceId,
        IReadOnlyCollection<WorkflowStatus> dedupeStatuses,
        CancellationToken cancellationToken)
    {
        if (!dedupeStatuses.Contains(WorkflowStatus.Pending) || !dedupeStatuses.Contains(WorkflowStatus.Running))
        {
            throw new ArgumentException(
                "The dedupe statuses must name Pending and Running: what runs is not replaced.",
                nameof(dedupeStatuses));
        }

        WorkflowEntry workflow = PipelineCatalog.Workflow(workflowName);
        lock (_starting)
        {
            if (_instances.TryGetValue(instanceId, out WorkflowInstance? there) && dedupeStatuses.Contains(there.Status))
            {
                return Task.FromResult(WorkflowStart.AlreadyThere);
            }

            Begin(workflow, JsonSerializer.Serialize(input, input.GetType(), ContractJson.Options), instanceId);
            return Task.FromResult(WorkflowStart.Started);
        }
    }

    /// <summary>The output of an instance that was started here, when it has ended.</summary>
    /// <exception cref="WorkflowNotFoundException">There is no such instance.</exception>
    /// <exception cref="OperationCanceledException">The host was told to stop.</exception>
    public async Task<T> WaitAsync<T>(string instanceId)
    {
        WorkflowInstance instance = _instances.GetValueOrDefault(instanceId) ?? throw new WorkflowNotFoundException(instanceId);
        return ContractJson.Deserialize<T>(await instance.Output);
    }

    public Task RaiseEventAsync(string instanceId, string eventName, object payload, CancellationToken cancellationToken)
    {
        WorkflowInstance instance = _instances.GetValueOrDefault(instanceId) ?? throw new WorkflowNotFoundException(instanceId);
        instance.Mailbox.Put(eventName, JsonSerializer.Serialize(payload, payload.GetType(), ContractJson.Options));
        return Task.CompletedTask;
    }

    public Task<WorkflowState?> GetStateAsync(string instanceId, CancellationToken cancellationToken) =>
        Task.FromResult(_instances.TryGetValue(instanceId, out WorkflowInstance? instance) ? instance.State() : null);

    public void Dispose() => _activities.Dispose();

    /// <summary>Runs an activity on the thread pool when its turn comes.</summary>
    internal async Task<string> RunActivityAsync(string name, string inputJson)
    {
        ActivityEntry activity = PipelineCatalog.Activity(name);
        await _activities.WaitAsync(_stop);
        try
        {
            object input = JsonSerializer.Deserialize(inputJson, activity.InputType, ContractJson.Options)!;
            object output = await Task.Run(() => activity.RunAsync(_services, input, _stop), _stop);
            _observer?.Ended(input, output);
            return JsonSerializer.Serialize(output, activity.OutputType, ContractJson.Options);
        }
        catch (Exception exception) when (!_stop.IsCancellationRequested)
        {
            throw new ActivityFailedException(name, exception.Message, exception);
        }
        finally
        {
            _activities.Release();
        }
    }

    /// <summary>Runs a workflow of another's; the same name again is the same work, and replaces what is known of it.</summary>
    internal async Task<string> RunChildAsync(string name, string inputJson, string instanceId)
    {
        try
        {
            return await Begin(PipelineCatalog.Workflow(name), inputJson, instanceId).Output;
        }
        catch (Exception exception) when (exception is not ActivityFailedException && !_stop.IsCancellationRequested)
        {
            throw new ActivityFailedException(name, exception.Message, exception);
        }
    }

    private WorkflowInstance Begin(WorkflowEntry workflow, string inputJson, string instanceId)
    {
        var instance = new WorkflowInstance(workflow.Name, instanceId, _time);
        _instances[instanceId] = instance;
        instance.Begin(workflow, inputJson, new InProcessWorkflowContext(this, instance, _time, _stop));
        return instance;
    }
}
