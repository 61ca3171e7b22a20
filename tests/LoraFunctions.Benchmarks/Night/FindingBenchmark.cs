using System.Diagnostics;
using System.Globalization;
using LoraFunctions.Cli.Azurite;
using LoraFunctions.Imaging.Gate;
using LoraFunctions.Pipeline.Datasets;
using LoraFunctions.Pipeline.Hosting;
using LoraFunctions.Pipeline.Listings;
using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace LoraFunctions.Benchmarks.Night;

/// <summary>
/// <c>finding [archived listings ...]</c>: what it costs to find a night's new listings among so many archived ones: 1,000, 10,000 and 100,000 unless told
/// otherwise, of 300 car models. The archive's photos are made up (<see cref="PaperArchive"/>); data sets, marks and journal lie in a real Azurite. Beside it what it
/// costs to look through the whole archive.
/// </summary>
internal static class FindingBenchmark
{
    private const int Models = 300;

    public static void Run(string[] arguments)
    {
        int[] sizes = arguments.Length > 0 ? [.. arguments.Select(a => int.Parse(a, CultureInfo.InvariantCulture))] : [1_000, 10_000, 100_000];
        Console.WriteLine("archived   new   storage calls   seconds");
        foreach (int archived in sizes)
        {
            RunAsync(archived).GetAwaiter().GetResult();
        }
    }

    private static async Task RunAsync(int archived)
    {
        await using AzuriteServer azurite = await AzuriteServer.StartInMemoryAsync();
        var archive = new PaperArchive(archived);
        await using ServiceProvider services = Services(azurite.ConnectionString, archive, new NightlyOptions().ArchiveBlobsPerNight);
        await services.GetRequiredService<BlobStore>().EnsureContainersAsync(CancellationToken.None);
        await TakeInAsync(services, archive, archived);

        // The first pays for what the runtime compiles.
        await PlanAsync(services, archive, expected: 0);
        await using (ServiceProvider whole = Services(azurite.ConnectionString, archive, blobsPerNight: 10_000_000))
        {
            Print(archived, "whole", await PlanAsync(whole, archive, expected: 0));
        }

        foreach (int newOnes in new[] { 0, 100, 200, 400 })
        {
            archive.New = newOnes;
            var changed = services.GetRequiredService<ChangedListings>();
            await Task.WhenAll(Enumerable.Range(0, newOnes).Select(i => changed.MarkAsync(PaperArchive.Id(i, isNew: true), CancellationToken.None)));
            Print(archived, $"{newOnes}", await PlanAsync(services, archive, newOnes));
        }
    }

    private static void Print(int archived, string newOnes, (int Calls, TimeSpan Took) plan) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{archived,8} {newOnes,5} {plan.Calls,15} {plan.Took.TotalSeconds,9:0.00}"));

    private static async Task<(int Calls, TimeSpan Took)> PlanAsync(ServiceProvider services, PaperArchive archive, int expected)
    {
        int before = archive.Calls;
        long begin = Stopwatch.GetTimestamp();
        NightPlan plan = await services.GetRequiredService<NightPlanner>().PlanAsync("2025-03-02", remember: true);
        TimeSpan took = Stopwatch.GetElapsedTime(begin);
        return plan.Listings.Count == expected && plan.Problems.Count == 0
            ? (archive.Calls - before, took)
            : throw new InvalidOperationException($"{plan.Listings.Count} listings were found, {expected} are new; {plan.Problems.FirstOrDefault()}");
    }

    /// <summary>Every archived listing is in a data set, as it is.</summary>
    private static async Task TakeInAsync(ServiceProvider services, PaperArchive archive, int archived)
    {
        var (datasets, blobs) = (services.GetRequiredService<DatasetStore>(), services.GetRequiredService<BlobStore>());
        var vehicle = new Vehicle(1, "Made", "Up", "", 2025, "suv", 1, true, [], DateTimeOffset.UnixEpoch);
        var keys = ListingFolder.Group(await blobs.ListAsync(ContainerNames.VehiclePhotos, "", CancellationToken.None)).Select(f => (f.ListingId, Key: f.Key(new GateOptions())));
        foreach (var (listings, model) in keys.Chunk((archived + Models - 1) / Models).Select((chunk, at) => (chunk, $"made-up-{at:000}")))
        {
            LabelledListing[] taken =
            [
                .. listings.Select(l => new LabelledListing(new ListingGateReport(1, l.ListingId, l.Key, model, vehicle, [], []), new Dictionary<string, string>())),
            ];
            await datasets.UpdateAsync(model, taken, [], DateTime.UnixEpoch, CancellationToken.None);
        }
    }

    private static ServiceProvider Services(string connection, PaperArchive archive, int blobsPerNight)
    {
        var storage = new StorageOptions { ConnectionString = connection };
        IConfiguration configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?>
            {
                [$"{StorageOptions.Section}:ConnectionString"] = connection,
                [$"{NightlyOptions.Section}:{nameof(NightlyOptions.ArchiveBlobsPerNight)}"] = blobsPerNight.ToString(CultureInfo.InvariantCulture),
                [$"{NightlyOptions.Section}:{nameof(NightlyOptions.TimeZone)}"] = "UTC",
            })
            .Build();
        return new ServiceCollection()
            .AddSingleton(configuration)
            .AddSingleton(StorageClients.Blobs(storage, options => options.Transport = archive))
            .AddSingleton(StorageClients.Queues(storage))
            .AddLoraPipeline()
            .BuildServiceProvider();
    }
}
