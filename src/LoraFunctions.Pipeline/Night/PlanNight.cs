using LoraFunctions.Pipeline.Datasets;
using LoraFunctions.Pipeline.Listings;
using LoraFunctions.Pipeline.Storage;
using Microsoft.DurableTask;
using Microsoft.Extensions.Options;

namespace LoraFunctions.Pipeline.Night;

/// <summary>
/// Finds the listings that are new or changed since a data set took them in, and the car models to look at. The first plan of a date stays:
/// it is stored, and a night started again works on the same listings. A plan without any listing is not stored, so that a night that was
/// started too early can be started again.
/// </summary>
internal sealed class PlanNight(BlobStore blobs, DatasetStore datasets, IOptions<NightlyOptions> options)
    : TaskActivity<NightInput, NightPlan>
{
    public override async Task<NightPlan> RunAsync(TaskActivityContext context, NightInput input)
    {
        var name = BlobNames.NightPlan(input.Date);
        if (await blobs.TryReadJsonAsync<NightPlan>(ContainerNames.Jobs, name, default) is { } stored)
        {
            return stored;
        }

        var plan = await PlanAsync(input.Date);
        if (plan.Listings.Count == 0)
        {
            return plan;
        }

        var committed = await blobs.PutJsonIfAbsentAsync(ContainerNames.Jobs, name, plan, default);
        return committed.Created ? plan : await blobs.ReadJsonAsync<NightPlan>(committed.Ref, default);
    }

    private async Task<NightPlan> PlanAsync(string date)
    {
        var known = await datasets.AllAsync(default);
        var takenIn = known.SelectMany(d => d.Listings).Select(l => (l.ListingId, l.ListingKey)).ToHashSet();
        var entries = await blobs.ListAsync(ContainerNames.VehiclePhotos, prefix: "", default);

        var found = new List<FoundListing>();
        var problems = new List<ReportedProblem>();
        foreach (var folder in ListingFolder.Group(entries).Where(f => !takenIn.Contains((f.ListingId, f.Key))))
        {
            try
            {
                found.Add(await LookAsync(folder));
            }
            catch (InvalidDataException e)
            {
                problems.Add(new ReportedProblem($"{ContainerNames.VehiclePhotos}/{folder.ListingId}", e.Message));
            }
        }

        var limit = options.Value.MaxListingsPerNight;
        if (found.Count > limit)
        {
            problems.Add(new ReportedProblem(
                ContainerNames.VehiclePhotos,
                $"{found.Count} listings are new; the first {limit} are worked on tonight (Nightly:MaxListingsPerNight), the others the next nights."));
        }

        var listings = found
            .OrderBy(f => f.ListedAt)
            .ThenBy(f => f.Listing.ListingId, StringComparer.Ordinal)
            .Take(limit)
            .Select(f => f.Listing)
            .ToList();
        var models = listings.Select(l => l.ModelKey).Concat(known.Select(d => d.ModelKey)).Distinct().Order(StringComparer.Ordinal).ToList();
        return new NightPlan(date, listings, models, problems);
    }

    private async Task<FoundListing> LookAsync(ListingFolder folder)
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
            var vehicle = VehicleReader.Read(read.Content);
            var modelKey = ModelKeys.Of(vehicle.Make, vehicle.Model, vehicle.Generation);
            return new FoundListing(vehicle.ListedAt, new PlannedListing(folder.ListingId, modelKey, folder.Key));
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{BlobNames.VehicleFile} is broken: {e.Message}", e);
        }
    }

    private sealed record FoundListing(DateTimeOffset ListedAt, PlannedListing Listing);
}
