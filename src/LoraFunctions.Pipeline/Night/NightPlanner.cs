using LoraFunctions.Imaging.Gate;
using LoraFunctions.Pipeline.Datasets;
using LoraFunctions.Pipeline.Listings;
using LoraFunctions.Pipeline.Storage;
using Microsoft.Extensions.Options;

namespace LoraFunctions.Pipeline.Night;

/// <summary>What a night of now would work on.</summary>
internal sealed class NightPlanner(
    BlobStore blobs, ChangedListings changed, DatasetStore datasets, IOptions<NightlyOptions> options, IOptions<GateOptions> limits, TimeProvider time)
{
    /// <param name="remember">Write down what is found and what is done with, for the next night; else nothing is written.</param>
    public async Task<NightPlan> PlanAsync(string date, bool remember)
    {
        var known = await datasets.AllAsync(default);
        var takenIn = known.SelectMany(d => d.Listings).ToLookup(l => l.ListingId, l => l.ListingKey);
        var marks = await changed.MarksAsync(default);
        var looks = (await AtOnce.EachAsync(marks, mark => LookAtMarkAsync(mark, takenIn, remember))).OfType<Look>().ToList();

        // More than a night's work is no reason to look for yet more.
        var limit = options.Value.MaxListingsPerNight;
        if (looks.Count(l => l.IsPresent) < limit)
        {
            looks.AddRange(await LookThroughArchiveAsync([.. marks.Select(m => m.Name)], takenIn, remember));
        }

        var found = looks.Select(l => l.Listing).OfType<PlannedListing>().ToList();
        List<ReportedProblem> problems =
        [
            .. looks.Where(l => l.Problem is not null)
                .OrderBy(l => l.ListingId, StringComparer.Ordinal)
                .Select(l => new ReportedProblem($"{ContainerNames.VehiclePhotos}/{l.ListingId}", l.Problem!)),
        ];
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
        await changed.FolderAsync(listingId, default) is { } folder
            ? await ReadAsync(folder, folder.Key(limits.Value))
            : throw new InvalidDataException($"{ContainerNames.VehiclePhotos}/{listingId}/ is empty");

    /// <returns>Null where there is nothing to do with it: the mark is done with.</returns>
    private async Task<Look?> LookAtMarkAsync(BlobEntry mark, ILookup<string, string> takenIn, bool remember)
    {
        var look = await changed.FolderAsync(mark.Name, default) is { } folder ? await LookAsync(folder, takenIn) : null;
        if (look is null && remember)
        {
            await changed.UnmarkAsync(mark, default);
        }

        return look;
    }

    private async Task<IEnumerable<Look>> LookThroughArchiveAsync(HashSet<string> marked, ILookup<string, string> takenIn, bool remember)
    {
        var slice = await changed.NextOfArchiveAsync(default);
        var looks = await AtOnce.EachAsync([.. slice.Folders.Where(f => !marked.Contains(f.ListingId))], async folder =>
        {
            var look = await LookAsync(folder, takenIn);
            if (look is not null && remember && ListingFolder.IdObjection(folder.ListingId) is null)
            {
                await changed.MarkAsync(folder.ListingId, default);
            }

            return look;
        });
        if (remember)
        {
            await changed.GoOnBehindAsync(slice, default);
        }

        return looks.OfType<Look>();
    }

    /// <returns>Null where there is nothing to do: it is in its data set as it is now, or withdrawn and in none.</returns>
    private async Task<Look?> LookAsync(ListingFolder folder, ILookup<string, string> takenIn)
    {
        var (key, known) = (folder.Key(limits.Value), takenIn[folder.ListingId]);
        if (known.Any() && known.All(k => k == key))
        {
            return null;
        }

        try
        {
            var listing = await ReadAsync(folder, key);
            return listing.Vehicle.Withdrawn && !known.Any() ? null : new Look(folder.ListingId, listing, null);
        }
        catch (InvalidDataException e)
        {
            return new Look(folder.ListingId, null, e.Message);
        }
    }

    private async Task<PlannedListing> ReadAsync(ListingFolder folder, string key)
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
            return new PlannedListing(folder.ListingId, ModelKeys.Of(vehicle.Make, vehicle.Model, vehicle.Generation), key, vehicle) { Photos = folder.Photos.Count() };
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

    /// <summary>A listing that is to do.</summary>
    /// <param name="Problem">Why it cannot be planned.</param>
    private sealed record Look(string ListingId, PlannedListing? Listing, string? Problem)
    {
        public bool IsPresent => Listing is { Vehicle.Withdrawn: false };
    }
}
