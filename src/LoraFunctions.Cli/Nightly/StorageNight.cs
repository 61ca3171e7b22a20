using System.Globalization;
using LoraFunctions.Imaging.Gate;
using LoraFunctions.Jobs;
using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Storage;
using Microsoft.Extensions.Configuration;

namespace LoraFunctions.Cli.Nightly;

/// <summary>
/// A night on a storage that is there, with its photos, models and configuration. Options come from the environment, e.g.
/// <c>Nightly__MinPhotos</c>.
/// </summary>
/// <param name="photos">A folder a car, brought there first; null: none.</param>
/// <param name="gpuPrice">Of one GPU an hour, for the plan; null: not known.</param>
internal sealed class StorageNight(CliConsole console, string folder, string connectionString, string? photos, double? gpuPrice)
{
    /// <summary>What a car lacks may lie in the storage already; only a folder without anything is refused.</summary>
    private const int LeastPhotos = 1;

    public async Task<int> RunAsync(string? date, bool planOnly, CancellationToken cancellationToken)
    {
        var session = new NightSession(console, folder);
        using FileStream mine = session.Take();
        string connection = $"{StorageOptions.Section}:{nameof(StorageOptions.ConnectionString)}";
        IConfiguration configuration = new ConfigurationBuilder()
            .AddEnvironmentVariables()
            .AddInMemoryCollection([KeyValuePair.Create<string, string?>(connection, connectionString)])
            .Build();

        PhotoSurvey? survey = photos is null
            ? null
            : PhotoSurvey.Of(Path.GetFullPath(photos), NightSession.Read<NightlyOptions, GateOptions>(configuration).Second, LeastPhotos, console.Line, cancellationToken);

        // Other workers may serve the same queue: a name that no process had before.
        string workerName = string.Create(
            CultureInfo.InvariantCulture,
            $"lora-{Environment.MachineName}-{Environment.ProcessId}-{TimeProvider.System.GetUtcNow():yyyyMMddHHmmss}");
        await using NightRun night = session.Open(configuration, workerName);
        await StorageOption.ReachAsync(night.Blobs.Uri, () => night.EnsureStorageAsync(cancellationToken));
        await CheckModelsAsync(night, cancellationToken);
        if (planOnly)
        {
            if (survey is not null)
            {
                console.Line($"Without the folder's cars, which a plan does not bring to {night.Blobs.Uri}:");
            }

            new StorageForecast(console, night.Options, gpuPrice).Say(await night.ForecastAsync(cancellationToken));
            return ExitCodes.Success;
        }

        if (survey is not null)
        {
            console.Line($"{await survey.BringAsync(night.Blobs, cancellationToken)} of {survey.Listings.Count} listings are new or changed ({night.Blobs.Uri})");
        }

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
