using LoraFunctions.Imaging.Gate;
using LoraFunctions.Pipeline.Datasets;
using LoraFunctions.Pipeline.Listings;
using LoraFunctions.Pipeline.Storage;
using Microsoft.Extensions.Options;

namespace LoraFunctions.Pipeline.Night;

/// <summary>What a night of now would work on; nothing is written.</summary>
internal sealed class NightPlanner(BlobStore blobs, DatasetStore datasets, IOptions<NightlyOptions> options, IOptions<GateOptions> limits, TimeProvider time)
{
    public async Task<NightPlan> PlanAsync(string date)
    {
        var known = await datasets.AllAsync(default);
        var takenIn = known.SelectMany(d => d.Listings).Select(l => (l.ListingId, l.ListingKey)).ToHashSet();
        var entries = await blobs.ListAsync(ContainerNames.VehiclePhotos, prefix: "", default);

        var found = new List<PlannedListing>();
        var problems = new List<ReportedProblem>();
        foreach (var (folder, key) in ListingFolder.Group(entries)
            .Select(f => (Folder: f, Key: f.Key(limits.Value)))
            .Where(f => !takenIn.Contains((f.Folder.ListingId, f.Key))))
        {
            try
            {
                found.Add(await LookAsync(folder, key));
            }
            catch (InvalidDataException e)
            {
                problems.Add(new ReportedProblem($"{ContainerNames.VehiclePhotos}/{folder.ListingId}", e.Message));
            }
        }

        var limit = options.Value.MaxListingsPerNight;
        var present = found.Where(l => !l.Vehicle.Withdrawn).ToList();
        if (present.Count > limit)
        {
            problems.Add(new ReportedProblem(
                ContainerNames.VehiclePhotos,
                $"{present.Count} listings are new; the first {limit} are worked on tonight (Nightly:MaxListingsPerNight), the others the next nights."));
        }

        var listings = present
            .OrderBy(f => f.Vehicle.ListedAt)
            .ThenBy(f => f.ListingId, StringComparer.Ordinal)
            .Take(limit)
            .ToList();
        var models = listings.Select(l => l.ModelKey).Concat(known.Select(d => d.ModelKey)).Distinct().Order(StringComparer.Ordinal).ToList();
        return new NightPlan(date, listings, models, Left(known, found), problems);
    }

    /// <summary>One listing as it is now.</summary>
    /// <exception cref="InvalidDataException">It has no files, or a broken <c>vehicle.json</c>.</exception>
    public async Task<PlannedListing> LookAsync(string listingId) =>
        ListingFolder.Group(await blobs.ListAsync(ContainerNames.VehiclePhotos, $"{listingId}/", default)).SingleOrDefault() is { } folder
            ? await LookAsync(folder, folder.Key(limits.Value))
            : throw new InvalidDataException($"{ContainerNames.VehiclePhotos}/{listingId}/ is empty");

    private async Task<PlannedListing> LookAsync(ListingFolder folder, string key)
    {
        if (ListingFolder.IdObjection(folder.ListingId) is { } objection)
        {
            throw new InvalidDataException($"{objection} ({folder.Files.Count} files, e.g. {folder.Files[0].Name})");
        }

        var file = BlobNames.Vehicle(folder.ListingId);
        var read = await blobs.TryReadAsync(ContainerNames.VehiclePhotos, file, default)
            ?? throw new InvalidDataException($"{BlobNames.VehicleFile} is missing beside {folder.Files.Count} files");
        try
        {
            var vehicle = VehicleReader.Read(read.Content, time.GetUtcNow());
            return new PlannedListing(folder.ListingId, ModelKeys.Of(vehicle.Make, vehicle.Model, vehicle.Generation), key, vehicle);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{BlobNames.VehicleFile} is broken: {e.Message}", e);
        }
    }

    /// <summary>What leaves the data sets: listings that their seller took back, or that are of another car model now.</summary>
    private static Dictionary<string, IReadOnlyList<string>> Left(IReadOnlyList<DatasetManifest> known, List<PlannedListing> found)
    {
        var looked = found.ToDictionary(l => l.ListingId);
        return known
            .Select(d => (d.ModelKey, Left: d.Listings.Select(l => l.ListingId)
                .Where(id => looked.TryGetValue(id, out var now) && (now.Vehicle.Withdrawn || now.ModelKey != d.ModelKey))
                .ToList()))
            .Where(d => d.Left.Count > 0)
            .ToDictionary(d => d.ModelKey, IReadOnlyList<string> (d) => d.Left);
    }
}
