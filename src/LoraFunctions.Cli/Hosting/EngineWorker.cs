using DurableTask.Core;
using Microsoft.DurableTask.Worker;
using Microsoft.DurableTask.Worker.Hosting;
using Microsoft.DurableTask.Worker.Shims;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LoraFunctions.Cli.Hosting;

/// <summary>
/// Runs the registered orchestrators and activities on a store of the durable engine, without the Functions host: what that does over gRPC
/// is done here by the shims that Durable Task's worker has for such hosts.
/// </summary>
/// <param name="observer">Is told of every activity that ended.</param>
internal sealed class EngineWorker(
    string name,
    IDurableTaskFactory factory,
    IOrchestrationService store,
    IServiceProvider services,
    IOptionsMonitor<DurableTaskWorkerOptions> options,
    ILoggerFactory loggers,
    ActivityObserver observer)
    : DurableTaskWorker(name, factory), INameVersionObjectManager<TaskOrchestration>, INameVersionObjectManager<TaskActivity>
{
    private readonly DurableTaskShimFactory _shims = new(options.Get(name), loggers);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await store.CreateIfNotExistsAsync();
        using var worker = new TaskHubWorker(
            store,
            (INameVersionObjectManager<TaskOrchestration>)this,
            (INameVersionObjectManager<TaskActivity>)this,
            loggers)
        {
            ErrorPropagationMode = ErrorPropagationMode.UseFailureDetails,
        };
        await worker.StartAsync();
        try
        {
            await Task.Delay(Timeout.Infinite, stoppingToken);
        }
        catch (OperationCanceledException)
        {
            // By force: what is under way is begun again by the next worker, and nobody wants to wait for idle sessions.
            await worker.StopAsync(isForced: true);
        }
    }

    TaskOrchestration INameVersionObjectManager<TaskOrchestration>.GetObject(string name, string? version) =>
        Factory.TryCreateOrchestrator(name, services, out var orchestrator)
            ? _shims.CreateOrchestration(name, orchestrator)
            : _shims.CreateOrchestration<object, object>(name, (_, _) => throw Unknown("orchestrator", name));

    /// <summary>Without a failing one in place of a missing one, the engine would deliver its message again for ever.</summary>
    TaskActivity INameVersionObjectManager<TaskActivity>.GetObject(string name, string? version) =>
        Factory.TryCreateActivity(name, services, out var activity)
            ? new ObservedActivity(_shims.CreateActivity(name, activity), name, observer)
            : _shims.CreateActivity<object, object>(name, (_, _) => throw Unknown("activity", name));

    void INameVersionObjectManager<TaskOrchestration>.Add(ObjectCreator<TaskOrchestration> creator) => throw new NotSupportedException("Tasks are registered with AddTasks.");

    void INameVersionObjectManager<TaskActivity>.Add(ObjectCreator<TaskActivity> creator) => throw new NotSupportedException("Tasks are registered with AddTasks.");

    private static InvalidOperationException Unknown(string kind, string name) =>
        new($"This version has no {kind} '{name}': the journal is of another version. Finish the night with that one, or start another date.");

    private sealed class ObservedActivity(TaskActivity inner, string name, ActivityObserver observer) : TaskActivity
    {
        public override string Run(TaskContext context, string input) => throw new NotSupportedException("The engine calls RunAsync.");

        public override async Task<string> RunAsync(TaskContext context, string input)
        {
            var output = await inner.RunAsync(context, input);
            observer(context.OrchestrationInstance.InstanceId, name, output);
            return output;
        }
    }
}

/// <summary>Somebody who wants to see a night move. Called on the activities' threads; must be quick and must not throw.</summary>
/// <param name="instanceId">Of the orchestration that called it.</param>
/// <param name="activity">Its name.</param>
/// <param name="outputJson">What it gave back.</param>
internal delegate void ActivityObserver(string instanceId, string activity, string outputJson);
