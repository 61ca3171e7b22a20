using System.Globalization;
using LoraFunctions.Cli.Azurite;
using LoraFunctions.Imaging.Gate;
using LoraFunctions.Jobs.Training;
using LoraFunctions.Jobs.Training.Configuration;
using LoraFunctions.Pipeline.Listings;
using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Storage;
using Microsoft.Extensions.Configuration;

namespace LoraFunctions.Cli.Nightly;

/// <summary>A night on a folder of cars: the storage is an emulator of its own, photos, models and configuration are brought there by themselves.</summary>
/// <param name="folder">State, log and results.</param>
/// <param name="photos">A folder a car.</param>
/// <param name="minPhotos">Null: as the options say.</param>
internal sealed class LocalNight(CliConsole console, string folder, string photos, LocalModels models, int? minPhotos)
{
    /// <summary>
    /// Two processes cannot have the folder at once, so a night that was killed takes its leases over when it starts again.
    /// </summary>
    private const string WorkerName = "lora-nightly-local";

    /// <param name="planOnly">Say what the night would do, and do nothing.</param>
    public async Task<int> RunAsync(string? date, bool planOnly, CancellationToken cancellationToken)
    {
        models.Check();
        var configuration = new LocalConfiguration(Path.Combine(folder, "config"));
        TrainingConfiguration training = Training(configuration);
        PhotoSurvey survey = Survey(cancellationToken);
        new LocalForecast(configuration, models, training).Say(survey, console.Line);
        if (planOnly)
        {
            return ExitCodes.Success;
        }

        var session = new NightSession(console, folder);
        using FileStream mine = session.Take();
        configuration.Lay(models);
        await using AzuriteServer azurite = await AzuriteServer.StartInFolderAsync(
            Path.Combine(folder, "storage"),
            console.Line,
            cancellationToken);
        await RepairAsync(azurite, cancellationToken);
        await using NightRun night = session.Open(Settings(azurite.ConnectionString), WorkerName);
        await night.EnsureStorageAsync(cancellationToken);
        await configuration.UploadAsync(night.Blobs, cancellationToken);
        await models.EnsureAsync(night.Models, cancellationToken);
        int changed = 0;
        foreach (LocalListing listing in survey.Listings)
        {
            changed += await LocalListings.BringAsync(night.Blobs, listing, cancellationToken) ? 1 : 0;
        }

        console.Line(string.Create(CultureInfo.InvariantCulture, $"{changed} of {survey.Listings.Count} listings are new or changed ({azurite.BlobEndpoint})"));
        if (azurite.PredecessorWasKilled)
        {
            await night.ForgetJournalAsync();
        }

        return await session.RunAsync(night, date, cancellationToken);
    }

    /// <summary>The training's configuration as it will hold; what is wrong with it is said before anything is made.</summary>
    private TrainingConfiguration Training(LocalConfiguration configuration)
    {
        string yaml = configuration.Source(BlobNames.TrainingDefaults, models);
        return TrainingConfigurationReader.Read(new TrainingRequest
        {
            Configurations = [yaml],
            TrainDataDir = photos,
            MetadataPath = yaml, // its own comes with the data set
            BaseModel = models.BaseModel,
            OutputDir = Path.GetFullPath(Path.Combine(folder, "worker")),
        });
    }

    private PhotoSurvey Survey(CancellationToken cancellationToken)
    {
        IConfiguration settings = Settings(connection: "UseDevelopmentStorage=true"); // none is used yet
        var (night, gate) = NightSession.Read<NightlyOptions, GateOptions>(settings);
        return PhotoSurvey.Of(photos, gate, night.MinPhotos, console.Line, cancellationToken);
    }

    private async Task RepairAsync(AzuriteServer azurite, CancellationToken cancellationToken)
    {
        if (!azurite.PredecessorWasKilled)
        {
            return;
        }

        IReadOnlyList<string> removed = await AzuriteRepair.RemoveUnreadableBlobsAsync(azurite, cancellationToken);
        console.Line(removed.Count == 0
            ? "The storage emulator was killed last time; nothing was damaged."
            : $"The storage emulator was killed last time; {removed.Count} damaged blobs were removed and are made again: "
                + $"{string.Join(", ", removed)}");
    }

    private IConfiguration Settings(string connection)
    {
        var (baseModel, clip) = models.Names;
        var settings = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            [$"{StorageOptions.Section}:{nameof(StorageOptions.ConnectionString)}"] = connection,
            [$"{NightlyOptions.Section}:{nameof(NightlyOptions.BaseModel)}"] = baseModel,
            [$"{NightlyOptions.Section}:{nameof(NightlyOptions.Clip)}"] = clip,
        };
        if (minPhotos is { } least)
        {
            settings[$"{NightlyOptions.Section}:{nameof(NightlyOptions.MinPhotos)}"] = least.ToString(CultureInfo.InvariantCulture);
        }

        // A bare container has no time zones; a night on one's own machine does not need them.
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(NightlyOptions.DefaultTimeZone, out _))
        {
            settings[$"{NightlyOptions.Section}:{nameof(NightlyOptions.TimeZone)}"] = "UTC";
        }

        return new ConfigurationBuilder().AddEnvironmentVariables().AddInMemoryCollection(settings).Build();
    }
}
