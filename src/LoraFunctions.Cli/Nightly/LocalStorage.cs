using System.Globalization;
using LoraFunctions.Cli.Azurite;
using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Storage;
using Microsoft.Extensions.Configuration;

namespace LoraFunctions.Cli.Nightly;

/// <summary>A folder with everything a night needs in it: an emulator's state, configuration, log and results.</summary>
/// <param name="minPhotos">Null: as the options say.</param>
internal sealed class LocalStorage(CliConsole console, string folder, LocalModels models, int? minPhotos)
{
    /// <summary>
    /// Two processes cannot have the folder at once, so a night that was killed takes its leases over when it starts again.
    /// </summary>
    private const string WorkerName = "lora-nightly-local";

    public NightSession Session { get; } = new(console, folder);

    public LocalConfiguration Configuration { get; } = new(Path.Combine(folder, "config"));

    /// <summary>Options as they will hold; no storage is used for them.</summary>
    public IConfiguration Settings() => Settings("UseDevelopmentStorage=true");

    /// <summary>Takes the folder, starts the emulator in it and brings configuration and models there.</summary>
    public async Task<OpenNight> OpenAsync(CancellationToken cancellationToken)
    {
        FileStream mine = Session.Take();
        AzuriteServer? azurite = null;
        try
        {
            Configuration.Lay(models);
            azurite = await AzuriteServer.StartInFolderAsync(Path.Combine(folder, "storage"), console.Line, cancellationToken);
            await RepairAsync(azurite, cancellationToken);
            NightRun night = Session.Open(Settings(azurite.ConnectionString), WorkerName);
            await night.EnsureStorageAsync(cancellationToken);
            await Configuration.UploadAsync(night.Blobs, cancellationToken);
            await models.EnsureAsync(night.Models, cancellationToken);
            if (azurite.PredecessorWasKilled)
            {
                await night.ForgetJournalAsync();
            }

            return new OpenNight(mine, azurite, night);
        }
        catch
        {
            await (azurite?.DisposeAsync() ?? ValueTask.CompletedTask);
            await mine.DisposeAsync();
            throw;
        }
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

/// <summary>What is open while a night runs in its folder.</summary>
internal sealed class OpenNight(FileStream mine, AzuriteServer azurite, NightRun night) : IAsyncDisposable
{
    public NightRun Night => night;

    public Uri BlobEndpoint => azurite.BlobEndpoint;

    public async ValueTask DisposeAsync()
    {
        await night.DisposeAsync();
        await azurite.DisposeAsync();
        await mine.DisposeAsync();
    }
}
