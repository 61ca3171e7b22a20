using LoraFunctions.Pipeline.Night;
using LoraFunctions.Showroom;
using LoraFunctions.Showroom.Listings;

namespace LoraFunctions.Cli.Nightly.Demo;

/// <summary>A night that needs nothing: cars are drawn into a folder, then it is a night on that folder with small models.</summary>
internal sealed class DemoNight(CliConsole console, string folder, string? baseModel, int models, int photos)
{
    /// <summary>The day on which the demo's cars came on the market.</summary>
    private static readonly DateTimeOffset s_listedAt = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public Task<int> RunAsync(string? date, CancellationToken cancellationToken)
    {
        var given = new LocalModels(baseModel, ShowroomModels.Clip);
        given.Check();
        string cars = Path.Combine(folder, "cars");
        using (new NightSession(console, folder).Take())
        {
            Draw(cars, cancellationToken);
        }

        return new LocalNight(console, folder, cars, given, Math.Min(NightlyOptions.DefaultMinPhotos, photos / 2)).RunAsync(date, planOnly: false, cancellationToken);
    }

    /// <summary>Listings that are there already stay as they are; <c>vehicle.json</c> is written last.</summary>
    private void Draw(string cars, CancellationToken cancellationToken)
    {
        var options = new DemoListingsOptions { ListedAt = s_listedAt, Models = models, GoodPhotosPerModel = photos };
        DemoListing[] missing = [.. DemoListings.Plan(options).Where(listing => !File.Exists(Path.Combine(cars, listing.Id, "vehicle.json")))];
        if (missing.Length > 0)
        {
            console.Line($"Drawing {missing.Length} listings of {models} car models, {photos} good photos each, with seed {options.Seed}: {cars}");
        }

        foreach (DemoFile file in missing.SelectMany(listing => DemoListings.Files(listing, options)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            string path = Path.Combine(cars, file.Path);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            WholeFile.Write(path, file.Content);
        }
    }
}
