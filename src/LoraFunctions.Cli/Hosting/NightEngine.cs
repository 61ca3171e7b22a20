using DurableTask.AzureStorage;
using DurableTask.Core;
using LoraFunctions.Pipeline.Hosting;
using LoraFunctions.Pipeline.Storage;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Worker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LoraFunctions.Cli.Hosting;

/// <summary>The durable engine as a local night has it.</summary>
internal static class NightEngine
{
    /// <summary>Its task hub: the Functions app's on the same account is another, so that neither takes the other's work.</summary>
    public const string TaskHub = "LoraNight";

    /// <summary>Where results come back to it: an event for the Functions app's instances is not ours to take, nor ours its.</summary>
    public const string ResultQueue = QueueNames.GpuResults + "-local";

    /// <summary>
    /// What a killed process had in hand comes back to its successor after this; longer work is renewed. In Azure, where nobody waits at a
    /// terminal, minutes are the rule.
    /// </summary>
    public static readonly TimeSpan Visibility = TimeSpan.FromSeconds(20);

    /// <summary>
    /// Adds the engine with every orchestrator and activity, on the storage of the options unless another store is there already. Start it as a
    /// hosted service.
    /// </summary>
    /// <param name="workerName">No other process may have it at the same time. A process that is started again under its name has the
    /// partitions of its predecessor at once.</param>
    /// <param name="tasks">Null: the pipeline's.</param>
    public static IServiceCollection AddNightEngine(this IServiceCollection services, string workerName, Action<DurableTaskRegistry>? tasks = null)
    {
        services.TryAddSingleton(provider => Store(
            provider.GetRequiredService<IOptions<StorageOptions>>().Value,
            workerName,
            provider.GetRequiredService<ILoggerFactory>()));
        services.TryAddSingleton<IOrchestrationService>(provider => provider.GetRequiredService<AzureStorageOrchestrationService>());
        services.TryAddSingleton<ActivityObserver>((_, _, _) => { });
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<DurableTaskClient>(provider => new EngineClient(
            (IOrchestrationServiceClient)provider.GetRequiredService<IOrchestrationService>(),
            provider.GetRequiredService<TimeProvider>()));
        services.AddDurableTaskWorker()
            .Configure(options => options.DataConverter = EngineClient.Json)
            .AddTasks(tasks ?? PipelineTasks.Add)
            .UseBuildTarget<EngineWorker>();
        return services;
    }

    private static AzureStorageOrchestrationService Store(StorageOptions options, string workerName, ILoggerFactory loggers) =>
        new(new AzureStorageOrchestrationServiceSettings
        {
            StorageAccountClientProvider = new StorageAccountClientProvider(
                options.ConnectionString ?? throw new InvalidOperationException("A local night needs the storage account's connection string.")),
            TaskHubName = TaskHub,
            WorkerId = workerName,
            LoggerFactory = loggers,

            // One process has the whole hub: one partition, and nobody to share it with.
            PartitionCount = 1,
            UseTablePartitionManagement = true,
            UseAppLease = false,
            LeaseAcquireInterval = TimeSpan.FromSeconds(1),
            LeaseRenewInterval = TimeSpan.FromSeconds(5),
            LeaseInterval = TimeSpan.FromSeconds(15),
            PartitionTableOperationTimeout = TimeSpan.FromSeconds(10), // a busy machine needs more than the two seconds of Azure

            // Queues are asked more seldom the longer they are empty; a night on an emulator shall not wait for that.
            MaxQueuePollingInterval = TimeSpan.FromMilliseconds(100),

            // Orchestrations stay in memory between their events instead of being read and replayed for each: half of all storage calls.
            ExtendedSessionsEnabled = true,
            ExtendedSessionIdleTimeout = TimeSpan.FromMinutes(1),
            MaxConcurrentTaskOrchestrationWorkItems = 1_000,
            MaxConcurrentTaskActivityWorkItems = 8, // as host.json has it

            ControlQueueVisibilityTimeout = Visibility,
            WorkItemQueueVisibilityTimeout = Visibility,

            // Or a second start of a running night would be passed over in silence.
            ThrowExceptionOnInvalidDedupeStatus = true,
        });
}
