using System.Globalization;
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
        await StorageOption.ReachAsync(night.Blobs.Uri, () => night.EnsureStorageAsync(cancellationToken));
        await CheckModelsAsync(night, cancellationToken);
        return await session.RunAsync(night, date, cancellationToken);
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
