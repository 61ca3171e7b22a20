using System.Globalization;
using Azure;
using LoraFunctions.Jobs;
using LoraFunctions.Pipeline.Storage;
using Microsoft.Extensions.Configuration;

namespace LoraFunctions.Cli.Nightly;

/// <summary>
/// A night on a storage that is there, with its photos, models and configuration. Options come from the environment, e.g.
/// <c>Nightly__MinPhotos</c>.
/// </summary>
internal sealed class StorageNight(CliConsole console, string folder, string connectionString)
{
    public async Task<int> RunAsync(string? date, CancellationToken cancellationToken)
    {
        var session = new NightSession(console, folder);
        using FileStream mine = session.Take();
        string connection = $"{StorageOptions.Section}:{nameof(StorageOptions.ConnectionString)}";
        IConfiguration configuration = new ConfigurationBuilder()
            .AddEnvironmentVariables()
            .AddInMemoryCollection([KeyValuePair.Create<string, string?>(connection, connectionString)])
            .Build();

        // Other workers may serve the same queue: a name that no process had before.
        string workerName = string.Create(
            CultureInfo.InvariantCulture,
            $"lora-{Environment.MachineName}-{Environment.ProcessId}-{TimeProvider.System.GetUtcNow():yyyyMMddHHmmss}");
        await using NightRun night = session.Open(configuration, workerName);
        await ReachAsync(night, cancellationToken);
        await CheckModelsAsync(night, cancellationToken);
        return await session.RunAsync(night, date, cancellationToken);
    }

    /// <summary>The first request: whoever has not started the emulator, or copied half a key, reads it in one line.</summary>
    private static async Task ReachAsync(NightRun night, CancellationToken cancellationToken)
    {
        try
        {
            await night.EnsureStorageAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is RequestFailedException or AggregateException { InnerException: RequestFailedException })
        {
            // After the first line come headers and XML; after several tries each has its own exception.
            string reason = (exception as StorageUnreachableException)?.Reason
                ?? (exception as RequestFailedException ?? exception.InnerException!).Message.Split('\n')[0].Trim().TrimEnd('.');
            throw new InvalidJobInputException(
                $"--storage: {night.Blobs.Uri} cannot be used: {reason}. Check that it runs and that the connection string is its own.",
                exception);
        }
    }

    /// <summary>Without its models the whole night would fail job by job.</summary>
    private static async Task CheckModelsAsync(NightRun night, CancellationToken cancellationToken)
    {
        var problems = new List<string>();
        foreach (string name in new[] { night.Options.BaseModel, night.Options.Clip })
        {
            try
            {
                await night.Models.ResolveAsync(name, cancellationToken);
            }
            catch (MissingBlobException exception)
            {
                problems.Add(exception.Message);
            }
        }

        if (problems.Count > 0)
        {
            throw new InvalidJobInputException(problems);
        }
    }
}
