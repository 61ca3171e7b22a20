using LoraFunctions.Pipeline.Datasets;
using LoraFunctions.Pipeline.Listings;
using LoraFunctions.Pipeline.Messages;
using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Storage;
using Microsoft.Extensions.Options;

namespace LoraFunctions.Pipeline.Activities;

/// <summary>
/// Finds the listings that are new or changed since a data set took them in, and the car models to look at. The first plan of a date stays:
/// it is stored, and a night started again works on the same listings. A plan without any listing is not stored, so that a night that was
/// started too early can be started again.
/// </summary>
internal sealed class PlanNightActivity(BlobStore blobs, DatasetStore datasets, IOptions<NightlyOptions> options)
    : IActivity<PlanNightInput, NightPlan>
{
    public async Task<NightPlan> RunAsync(PlanNightInput input, CancellationToken cancellationToken)
    {
        var settings = new NightSettings(
            options.Value.MaxListingsAtOnce,
            options.Value.MaxModelsAtOnce,
            options.Value.MaxComparisonsAtOnce);
        var name = BlobNames.NightPlan(input.Date);
        if (await blobs.TryReadJsonAsync<NightPlan>(ContainerNames.Jobs, name, cancellationToken) is { } stored)
        {
            return stored with { Settings = settings };
        }

        var plan = await PlanAsync(input.Date, settings, cancellationToken);
        if (plan.Listings.Count == 0)
        {
            return plan;
        }

        var committed = await blobs.PutJsonIfAbsentAsync(ContainerNames.Jobs, name, plan, cancellationToken);
        return committed.Created ? plan : await blobs.ReadJsonAsync<NightPlan>(committed.Ref, cancellationToken) with { Settings = settings };
    }

    private async Task<NightPlan> PlanAsync(string date, NightSettings settings, CancellationToken cancellationToken)
    {
        var known = await datasets.AllAsync(cancellationToken);
        var takenIn = known.SelectMany(d => d.Listings).Select(l => (l.ListingId, l.ListingKey)).ToHashSet();
        var entries = await blobs.ListAsync(ContainerNames.VehiclePhotos, prefix: "", cancellationToken);

        var found = new List<FoundListing>();
        var problems = new List<ReportedProblem>();
        foreach (var folder in ListingFolder.Group(entries).Where(f => !takenIn.Contains((f.ListingId, f.Key))))
        {
            try
            {
                found.Add(await LookAsync(folder, cancellationToken));
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
        return new NightPlan(date, settings, listings, models, problems);
    }

    private async Task<FoundListing> LookAsync(ListingFolder folder, CancellationToken cancellationToken)
    {
        if (ListingFolder.IdObjection(folder.ListingId) is { } objection)
        {
            throw new InvalidDataException($"{objection} ({folder.Files.Count} files, e.g. {folder.Files[0].Name})");
        }

        var file = BlobNames.Vehicle(folder.ListingId);
        var read = await blobs.TryReadAsync(ContainerNames.VehiclePhotos, file, cancellationToken)
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
