using LoraFunctions.Pipeline.Hosting;
using LoraFunctions.Pipeline.Storage;
using LoraFunctions.Worker.Progress;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace LoraFunctions.Worker.Hosting;

/// <summary>
/// The worker's command line: <c>--once</c>, <c>--drain</c> or <c>--loop</c>; everything else is configuration (sections <c>LoraStorage</c> and
/// <c>Worker</c>).
/// </summary>
internal static class WorkerProgram
{
    private const int Success = 0;
    private const int Unexpected = 1;
    private const int InvalidInput = 2;

    /// <summary>A container that is taken away gets 30 seconds: a checkpoint is written and uploaded in these.</summary>
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(28);

    private static readonly Dictionary<string, WorkerMode> s_modes = new(StringComparer.Ordinal)
    {
        ["--once"] = WorkerMode.Once,
        ["--drain"] = WorkerMode.Drain,
        ["--loop"] = WorkerMode.Loop,
    };

    private const string Usage =
        """
        usage: LoraFunctions.Worker --once | --drain | --loop

          --once   take one job from the queue, do it, end
          --drain  do jobs until the queue is empty, end
          --loop   do jobs until told to stop

        Settings come from the environment:
          LoraStorage__ConnectionString                        one machine, e.g. UseDevelopmentStorage=true
          LoraStorage__BlobServiceUri, __QueueServiceUri,
          __ClientId                                           Azure, with a managed identity
          Worker__Folder                                       downloads and work, one process a folder
          Worker__WorkerName                                   a name no other process has
        """;

    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error)
    {
        error = Secrets.Redacting(error);
        if (args is ["--help" or "-h"])
        {
            await output.WriteLineAsync(Usage);
            return Success;
        }

        if (args is not [{ } argument] || !s_modes.TryGetValue(argument, out WorkerMode mode))
        {
            await error.WriteLineAsync($"lora-worker: '{string.Join(' ', args)}' is none of {string.Join(", ", s_modes.Keys)}.");
            await error.WriteLineAsync(Usage);
            return InvalidInput;
        }

        try
        {
            using IHost host = Build(mode);
            host.Services.GetRequiredService<IStartupValidator>().Validate();
            WorkerOptions options = host.Services.GetRequiredService<IOptions<WorkerOptions>>().Value;
            Directory.CreateDirectory(options.Folder);
            using FileStream mine = FileLock.TryTake(Path.Combine(options.Folder, "worker.lock"))
                ?? throw new IOException($"Another worker uses {options.Folder}: give each its own Worker__Folder.");
            WorkerOutcome outcome = host.Services.GetRequiredService<WorkerOutcome>();
            await host.RunAsync();
            return outcome.Failure is { } failure ? await FailedAsync(failure, error) : Success;
        }
        catch (Exception exception) when (
            exception is OptionsValidationException or AggregateException { InnerException: OptionsValidationException })
        {
            // Several kinds of options are wrong: one exception each.
            IEnumerable<Exception> each = exception is AggregateException all ? all.InnerExceptions : [exception];
            foreach (string failure in each.OfType<OptionsValidationException>().SelectMany(one => one.Failures))
            {
                await error.WriteLineAsync($"lora-worker: {failure}");
            }

            return InvalidInput;
        }
        catch (Exception exception)
        {
            return await FailedAsync(exception, error);
        }
    }

    private static async Task<int> FailedAsync(Exception exception, TextWriter error)
    {
        await error.WriteLineAsync($"lora-worker: {exception.Message.ReplaceLineEndings(" ")}");
        return exception is FormatException ? InvalidInput : Unexpected;
    }

    private static IHost Build(WorkerMode mode)
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Configuration.Sources.Insert(
            0,
            new Microsoft.Extensions.Configuration.Memory.MemoryConfigurationSource { InitialData = Defaults() });
        builder.Logging.AddFilter("Azure", LogLevel.Warning);
        builder.Logging.AddConsole(console => console.FormatterName = RedactedConsole.FormatterName);
        builder.Logging.AddConsoleFormatter<RedactedConsole, ConsoleFormatterOptions>();
        builder.Services.AddSingleton<WorkerOutcome>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);
        builder.Services.AddLoraStorage();
        builder.Services.AddLoraTelemetry(
            "lora-worker",
            builder.Configuration[Telemetry.ConnectionStringKey],
            builder.Configuration[$"{StorageOptions.Section}:{nameof(StorageOptions.ClientId)}"]);
        builder.Services.AddOptions<WorkerOptions>().BindConfiguration(WorkerOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(services => JobSet.Create(services.GetRequiredService<ILoggerFactory>()));
        builder.Services.AddSingleton<IWorkerObserver, HealthFile>();
        builder.Services.AddSingleton(services =>
            ActivatorUtilities.CreateInstance<GpuWorker>(services, services.GetRequiredService<IOptions<WorkerOptions>>().Value));
        builder.Services.AddHostedService(services => ActivatorUtilities.CreateInstance<WorkerService>(services, mode));
        return builder.Build();
    }

    private static Dictionary<string, string?> Defaults()
    {
        // Unlike any process before: a name that returns takes over the leases it held.
        string name = $"{Environment.MachineName}-{Environment.ProcessId}-{TimeProvider.System.GetUtcNow():yyyyMMddHHmmss}";
        return new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
        {
            [$"{WorkerOptions.Section}:{nameof(WorkerOptions.WorkerName)}"] = name,
            [$"{WorkerOptions.Section}:{nameof(WorkerOptions.Folder)}"] = Path.Combine(Path.GetTempPath(), "lora-functions-worker"),
        };
    }
}

/// <summary>How long a worker process lives.</summary>
internal enum WorkerMode
{
    /// <summary>One job, then it ends: a container that is started for every message.</summary>
    Once,

    /// <summary>Jobs until the queue is empty, then it ends: a container that is started when there are messages.</summary>
    Drain,

    /// <summary>Until it is told to stop: a machine of its own.</summary>
    Loop,
}

/// <summary>The host swallows what ends a background service, so it is kept here for the exit code.</summary>
internal sealed class WorkerOutcome
{
    public Exception? Failure { get; set; }
}

/// <summary>Runs the worker under the host, which tells it to stop on SIGTERM and Ctrl+C.</summary>
internal sealed class WorkerService(GpuWorker worker, WorkerMode mode, WorkerOutcome outcome, IHostApplicationLifetime lifetime) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await (mode switch
            {
                WorkerMode.Once => worker.RunOnceAsync(stoppingToken),
                WorkerMode.Drain => worker.DrainAsync(stoppingToken),
                _ => worker.RunLoopAsync(stoppingToken),
            });
        }
        catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
        {
            outcome.Failure = exception;
        }
        finally
        {
            lifetime.StopApplication();
        }
    }
}

/// <summary>A line an event on the standard output, as containers collect them, without secrets.</summary>
internal sealed class RedactedConsole() : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "redacted";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        string trace = logEntry.Exception is null ? string.Empty : Environment.NewLine + logEntry.Exception;
        textWriter.WriteLine(Secrets.Redact(
            $"{logEntry.LogLevel} {logEntry.Category}[{logEntry.EventId.Id}] {logEntry.Formatter(logEntry.State, logEntry.Exception)}{trace}"));
    }
}
