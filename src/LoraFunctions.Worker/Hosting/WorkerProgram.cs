using LoraFunctions.Pipeline.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LoraFunctions.Worker.Hosting;

/// <summary>
/// The worker's command line: <c>--once</c> or <c>--loop</c>; everything else is configuration (sections <c>LoraStorage</c> and
/// <c>Worker</c>).
/// </summary>
internal static class WorkerProgram
{
    private const int Success = 0;
    private const int Unexpected = 1;
    private const int InvalidInput = 2;

    /// <summary>A container that is taken away gets 30 seconds: a checkpoint is written and uploaded in these.</summary>
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(28);

    private const string Usage =
        """
        usage: LoraFunctions.Worker --once | --loop

          --once   take one job from the queue, do it, end
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
        if (args is ["--help" or "-h"])
        {
            await output.WriteLineAsync(Usage);
            return Success;
        }

        if (args is not ["--once" or "--loop"])
        {
            await error.WriteLineAsync($"lora-worker: '{string.Join(' ', args)}' is neither --once nor --loop.");
            await error.WriteLineAsync(Usage);
            return InvalidInput;
        }

        try
        {
            using IHost host = Build(args[0] == "--once" ? WorkerMode.Once : WorkerMode.Loop);
            host.Services.GetRequiredService<IStartupValidator>().Validate();
            WorkerOptions options = host.Services.GetRequiredService<IOptions<WorkerOptions>>().Value;
            Directory.CreateDirectory(options.Folder);
            using FileStream mine = Lock(options.Folder);
            await host.RunAsync();
            return Success;
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
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or FormatException)
        {
            await error.WriteLineAsync($"lora-worker: {exception.Message}");
            return exception is FormatException ? InvalidInput : Unexpected;
        }
    }

    private static IHost Build(WorkerMode mode)
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Configuration.Sources.Insert(
            0,
            new Microsoft.Extensions.Configuration.Memory.MemoryConfigurationSource { InitialData = Defaults() });
        builder.Logging.AddFilter("Azure", LogLevel.Warning);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);
        builder.Services.AddLoraStorage();
        builder.Services.AddOptions<WorkerOptions>().BindConfiguration(WorkerOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(services => JobSet.Create(services.GetRequiredService<ILoggerFactory>()));
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

    private static FileStream Lock(string folder)
    {
        string path = Path.Combine(folder, "worker.lock");
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception)
        {
            throw new IOException($"Another worker uses {folder}: give each its own Worker__Folder.", exception);
        }
    }
}
