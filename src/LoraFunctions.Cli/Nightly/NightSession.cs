using LoraFunctions.Cli.Azurite;
using LoraFunctions.Jobs;
using LoraFunctions.Pipeline.Hosting;
using LoraFunctions.Pipeline.Night;
using LoraFunctions.Worker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace LoraFunctions.Cli.Nightly;

/// <summary>What every night on this machine shares: a folder of its own, the display, the report and the copies.</summary>
internal sealed class NightSession(CliConsole console, string folder)
{
    public string Folder => folder;

    public string LogFile => Path.Combine(folder, "night.log");

    /// <summary>The folder for this process alone; dispose to let it go.</summary>
    /// <exception cref="InvalidJobInputException">Another night uses it.</exception>
    public FileStream Take()
    {
        Directory.CreateDirectory(folder);
        return FileLock.TryTake(Path.Combine(folder, "night.lock"))
            ?? throw new InvalidJobInputException($"Another 'lora nightly' uses {folder}. Wait for it, or give another --folder.");
    }

    /// <param name="workerName">As long as the folder is ours, no other process has it.</param>
    public NightRun Open(IConfiguration configuration, string workerName)
    {
        var worker = new WorkerOptions { WorkerName = workerName, Folder = Path.Combine(folder, "worker") };
        return AsInput(() => new NightRun(configuration, worker, LogFile));
    }

    /// <summary>Options before there is a night.</summary>
    /// <exception cref="InvalidJobInputException">What is wrong with the settings.</exception>
    public static (TFirst First, TSecond Second) Read<TFirst, TSecond>(IConfiguration configuration)
        where TFirst : class
        where TSecond : class =>
        AsInput(() =>
        {
            using ServiceProvider services = new ServiceCollection().AddSingleton(configuration).AddLoraPipeline().BuildServiceProvider();
            services.GetRequiredService<IStartupValidator>().Validate();
            return (services.GetRequiredService<IOptions<TFirst>>().Value, services.GetRequiredService<IOptions<TSecond>>().Value);
        });

    private static T AsInput<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (
            exception is OptionsValidationException or AggregateException { InnerException: OptionsValidationException })
        {
            // Several kinds of options are wrong: one exception each.
            IEnumerable<Exception> each = exception is AggregateException all ? all.InnerExceptions : [exception];
            throw new InvalidJobInputException([.. each.OfType<OptionsValidationException>().SelectMany(one => one.Failures)]);
        }
        catch (InvalidOperationException exception) when (exception.InnerException is FormatException or ArgumentException)
        {
            // A value that is no number where one belongs: the binder names value and key.
            throw new InvalidJobInputException(exception.Message, exception);
        }
    }

    /// <summary>
    /// Runs the night with a table on a terminal and lines elsewhere, prints the report, copies what was made, and says where it is.
    /// </summary>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(NightRun night, string? date, CancellationToken cancellationToken)
    {
        NightReport report = console.Out.Profile.Capabilities.Interactive
            ? await TableNightDisplay.RunAsync(console, display => night.RunAsync(date, display, cancellationToken))
            : await night.RunAsync(date, new PlainNightDisplay(console, TimeProvider.System), cancellationToken);
        await new NightReportPrinter(console, night.Blobs).PrintAsync(report, cancellationToken);
        var copies = new LocalCopies(night.Blobs, folder);
        string? manifest = await copies.CopyAssetsAsync(report.Date, cancellationToken);
        IReadOnlyList<string> loras = await copies.CopyLorasAsync(cancellationToken);
        console.Line(string.Empty);
        console.Line(manifest is null ? "No picture was published." : $"Pictures:  {Path.Combine(copies.AssetLibrary, report.Date)}");
        if (manifest is not null)
        {
            console.Line($"Manifest:  {manifest}");
        }

        foreach (string lora in loras)
        {
            console.Line($"LoRA:      {lora}");
        }

        console.Line($"Log:       {LogFile}");
        return report.Status == NightStatus.Succeeded ? ExitCodes.Success : ExitCodes.Unexpected;
    }
}
