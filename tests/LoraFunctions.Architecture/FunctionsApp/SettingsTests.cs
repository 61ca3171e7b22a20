using System.Globalization;
using System.Text.Json;
using LoraFunctions.Pipeline.Storage;
using Shouldly;
using Xunit;

namespace LoraFunctions.Architecture.FunctionsApp;

/// <summary>host.json and local.settings.sample.json say what the code counts on, in keys the host knows.</summary>
public sealed class SettingsTests
{
    // From the options classes of the host and its extensions: the host passes over what it does not know without a word.
    private static readonly Dictionary<string, string[]> KnownKeys = new()
    {
        [""] =
        [
            "version", "telemetryMode", "logging", "extensions", "functionTimeout", "retry", "concurrency", "healthMonitor", "watchDirectories",
            "singleton", "customHandler", "managedDependency", "extensionBundle", "aggregator",
        ],
        ["extensions"] = ["durableTask", "queues", "http", "blobs"],
        ["extensions.durableTask"] =
        [
            "hubName", "defaultVersion", "versionMatchStrategy", "versionFailureStrategy", "storageProvider", "tracing", "notifications", "httpSettings",
            "maxConcurrentActivityFunctions", "maxConcurrentOrchestratorFunctions", "maxConcurrentEntityFunctions", "extendedSessionsEnabled",
            "extendedSessionIdleTimeoutInSeconds", "maxOrchestrationActions", "overridableExistingInstanceStates", "useGracefulShutdown",
            "throwStatusExceptionsOnRaiseEvent", "useAppLease", "storeInputsInOrchestrationHistory",
        ],
        ["extensions.durableTask.tracing"] = ["distributedTracingEnabled", "version", "traceInputsAndOutputs", "traceReplayEvents", "allowVerboseLinuxTelemetry"],
        ["extensions.durableTask.storageProvider"] =
        [
            "type", "connectionName", "controlQueueBatchSize", "partitionCount", "controlQueueBufferThreshold", "controlQueueVisibilityTimeout",
            "workItemQueueVisibilityTimeout", "trackingStoreConnectionName", "trackingStoreNamePrefix", "fetchLargeMessagesAutomatically",
            "maxQueuePollingInterval", "useLegacyPartitionManagement", "useTablePartitionManagement", "allowReplayingTerminalInstances",
        ],
        ["extensions.queues"] = ["batchSize", "newBatchThreshold", "maxPollingInterval", "maxDequeueCount", "visibilityTimeout", "messageEncoding"],
    };

    private static readonly JsonElement Host = JsonDocument.Parse(Repository.Read("host.json")).RootElement;

    private static readonly JsonElement LocalValues = JsonDocument.Parse(Repository.Read("local.settings.sample.json")).RootElement.GetProperty("Values");

    public static TheoryData<string> KnownSections => [.. KnownKeys.Keys];

    [Theory]
    [MemberData(nameof(KnownSections))]
    public void HostJson_HasOnlyKeysTheHostKnows(string section) =>
        At(section).EnumerateObject().Select(property => property.Name).Except(KnownKeys[section]).ShouldBeEmpty();

    [Fact]
    public void HostJson_IsOfTheVersionTheHostReads() => At("version").GetString().ShouldBe("2.0");

    [Fact]
    public void HostJson_TakesQueueMessagesAsRawText()
    {
        At("extensions.queues.messageEncoding").GetString().ShouldBe("none");

        // The other end: what the pipeline's own client sends.
        Repository.Read("src/LoraFunctions.Pipeline/Storage/StorageClients.cs").ShouldContain("MessageEncoding = QueueMessageEncoding.None");
    }

    [Fact]
    public void HostJson_TriesAnEventAgainWhoseInstanceIsNotVisibleYet()
    {
        var tries = At("extensions.queues.maxDequeueCount").GetInt32();
        var pause = TimeSpan.Parse(At("extensions.queues.visibilityTimeout").GetString()!, CultureInfo.InvariantCulture);

        pause.ShouldBeGreaterThan(TimeSpan.Zero, "without a pause all tries happen at once");
        (tries * pause).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void HostJson_NamesItsTaskHubAndItsVersion()
    {
        At("extensions.durableTask.hubName").GetString().ShouldBe(Repository.FunctionsProject);
        At("extensions.durableTask.defaultVersion").GetString().ShouldNotBeNullOrWhiteSpace();
    }

    [Fact]
    public void HostJson_NeverReplacesWhatRuns() =>
        At("extensions.durableTask.overridableExistingInstanceStates").GetString().ShouldBe("NonRunningStates");

    [Fact]
    public void HostJson_CapsWhatRunsAtOnce()
    {
        At("extensions.durableTask.maxConcurrentActivityFunctions").GetInt32().ShouldBeInRange(1, 16);
        At("extensions.durableTask.storageProvider.partitionCount").GetInt32().ShouldBeInRange(1, 4);
    }

    /// <summary>Every step of a night waits for a queue to be asked; each of the hub's queues costs this many calls in an idle hour.</summary>
    [Fact]
    public void HostJson_AnIdleAppAnswersWithinASecond()
    {
        var pause = TimeSpan.Parse(At("extensions.durableTask.storageProvider.maxQueuePollingInterval").GetString()!, CultureInfo.InvariantCulture);
        pause.ShouldBeInRange(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void HostJson_TracesAsTheExtensionAsks() => At("extensions.durableTask.tracing.version").GetString().ShouldBe("V2");

    [Fact]
    public void HostJson_GoesToTheOutputFromTheRoot()
    {
        Repository.Read($"{FunctionTests.Folder}/{Repository.FunctionsProject}.csproj")
            .ShouldContain("""<None Include="../../host.json" Link="host.json" CopyToOutputDirectory="PreserveNewest" """);
        File.Exists(Repository.At($"{FunctionTests.Folder}/host.json")).ShouldBeFalse("there is one host.json");
    }

    [Fact]
    public void LocalSettings_RunOnAzurite()
    {
        LocalValues.GetProperty("FUNCTIONS_WORKER_RUNTIME").GetString().ShouldBe("dotnet-isolated");
        LocalValues.GetProperty("AzureWebJobsStorage").GetString().ShouldBe("UseDevelopmentStorage=true");
        LocalValues.GetProperty($"{StorageOptions.Section}__{nameof(StorageOptions.ConnectionString)}").GetString().ShouldBe("UseDevelopmentStorage=true");
    }

    [Fact]
    public void LocalSettings_NameOptionsTheCodeReads()
    {
        var sources = Repository.Files("src", ".cs").Select(Repository.Read).ToList();
        LocalValues.EnumerateObject().Select(value => value.Name).Where(name => name.Contains("__", StringComparison.Ordinal))
            .Where(name => !sources.Any(source =>
                source.Contains($"const string Section = \"{name.Split("__")[0]}\"", StringComparison.Ordinal)
                && source.Contains($" {name.Split("__")[1]} {{ get;", StringComparison.Ordinal)))
            .ShouldBeEmpty();
    }

    private static JsonElement At(string path) =>
        path.Split('.', StringSplitOptions.RemoveEmptyEntries).Aggregate(Host, (element, name) => element.GetProperty(name));
}
