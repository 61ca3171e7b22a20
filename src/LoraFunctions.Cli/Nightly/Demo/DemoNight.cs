using System.Globalization;
using LoraFunctions.Cli.Azurite;
using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Storage;
using Microsoft.Extensions.Configuration;

namespace LoraFunctions.Cli.Nightly.Demo;

/// <summary>A night that needs nothing: the storage is an emulator of its own, the cars are drawn, the models small.</summary>
internal sealed class DemoNight(CliConsole console, string folder, string? baseModel, int models, int photos)
{
    /// <summary>
    /// Two processes cannot have the folder at once, so a demo that was killed takes its leases over when it starts again.
    /// </summary>
    private const string WorkerName = "lora-nightly-demo";

    public async Task<int> RunAsync(string? date, CancellationToken cancellationToken)
    {
        if (baseModel is not null)
        {
            DemoModels.Check(baseModel, console.Line);
        }

        var session = new NightSession(console, folder);
        using FileStream mine = session.Take();
        var configuration = new DemoConfiguration(Path.Combine(folder, "config"));
        configuration.Lay(realModel: baseModel is not null);
        await using AzuriteServer azurite = await AzuriteServer.StartInFolderAsync(
            Path.Combine(folder, "storage"),
            console.Line,
            cancellationToken);
        await RepairAsync(azurite, cancellationToken);
        bool journalIsTorn = azurite.PredecessorWasKilled;

        string modelName;
        await using (NightRun storage = session.Open(Options(azurite, DemoModels.SmallName), WorkerName))
        {
            await storage.EnsureStorageAsync(cancellationToken);
            await configuration.UploadAsync(storage.Service, storage.Blobs, cancellationToken);
            var modelFiles = new DemoModels(storage.Models, Path.Combine(folder, "models"), console.Line);
            modelName = await modelFiles.EnsureAsync(baseModel, cancellationToken);
            var drawn = new DemoPhotos(models, photos);
            console.Line($"{models} car models, {photos} good photos each, drawn with seed {drawn.Seed}; {configuration.Summary()}");
            int added = await drawn.EnsureAsync(storage.Blobs, cancellationToken);
            console.Line(added == 0
                ? $"The drawn cars are in {ContainerNames.VehiclePhotos} already ({azurite.BlobEndpoint})"
                : $"{added} listings of drawn cars put into {ContainerNames.VehiclePhotos} ({azurite.BlobEndpoint})");
        }

        await using NightRun night = session.Open(Options(azurite, modelName), WorkerName);
        if (journalIsTorn)
        {
            await night.ForgetJournalAsync();
        }

        return await session.RunAsync(night, date, cancellationToken);
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

    private IConfiguration Options(AzuriteServer azurite, string modelName) =>
        new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                [$"{StorageOptions.Section}:{nameof(StorageOptions.ConnectionString)}"] = azurite.ConnectionString,
                [$"{NightlyOptions.Section}:{nameof(NightlyOptions.BaseModel)}"] = modelName,
                [$"{NightlyOptions.Section}:{nameof(NightlyOptions.Clip)}"] = DemoModels.ClipName,
                [$"{NightlyOptions.Section}:{nameof(NightlyOptions.MinPhotos)}"] =
                    Math.Min(NightlyOptions.DefaultMinPhotos, photos / 2).ToString(CultureInfo.InvariantCulture),
                [$"{NightlyOptions.Section}:{nameof(NightlyOptions.TimeZone)}"] = TimeZone(),
            })
            .Build();

    /// <summary>A bare container has no time zones; a demo does not need them.</summary>
    private static string TimeZone() =>
        TimeZoneInfo.TryFindSystemTimeZoneById(NightlyOptions.DefaultTimeZone, out _) ? NightlyOptions.DefaultTimeZone : "UTC";
}
