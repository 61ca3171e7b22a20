using LoraFunctions.Imaging.Gate;
using LoraFunctions.Jobs;
using LoraFunctions.Pipeline.Listings;
using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Storage;

namespace LoraFunctions.Cli.Nightly;

/// <summary>What a folder of cars holds, before anything is made of it: each photo is judged by the gate as the night will judge it.</summary>
/// <param name="Cars">Car models in the order of their keys.</param>
internal sealed record PhotoSurvey(IReadOnlyList<LocalListing> Listings, IReadOnlyList<SurveyedCar> Cars, int MinPhotos)
{
    /// <summary>Looks at every photo, says what there is and what is missing.</summary>
    /// <exception cref="InvalidJobInputException">No car has enough photos that are fit; every reason is in it.</exception>
    public static PhotoSurvey Of(string folder, GateOptions limits, int minPhotos, Action<string> say, CancellationToken cancellationToken)
    {
        var (listings, problems) = LocalListings.Read(folder, TimeProvider.System.GetUtcNow());
        say($"{folder}: {Count(listings.Count, "folder")} with {Count(listings.Sum(l => l.Photos.Count), "photo")}");
        var judged = new List<(LocalListing Listing, IReadOnlyList<GateVerdict> Photos)>();
        foreach (LocalListing listing in listings)
        {
            var gate = new PhotoGate(listing.ListingId, limits);
            foreach (string photo in listing.Photos)
            {
                cancellationToken.ThrowIfCancellationRequested();
                gate.Judge(photo, File.ReadAllBytes(Path.Combine(listing.Path, photo)));
            }

            judged.Add((listing, gate.Report().Photos));
            say($"  {listing.ListingId} ({listing.Vehicle.DisplayName}{(listing.IsNamedByFolder ? ", by the folder's name: it has no vehicle.json" : "")}): {Fit(judged[^1].Photos)}");
        }

        foreach (ReportedProblem problem in problems)
        {
            say($"  left out: {problem.Subject}: {problem.Reason}");
        }

        var survey = new PhotoSurvey(
            [.. listings.Where(l => !l.Vehicle.Withdrawn)],
            [.. judged.Where(l => !l.Listing.Vehicle.Withdrawn).GroupBy(l => l.Listing.ModelKey).OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => SurveyedCar.Of(m.Key, m))],
            minPhotos);
        survey.ThrowIfNothingIsUsable(folder, problems, [.. judged.SelectMany(l => l.Photos.Where(p => !p.Accepted).Select(p => $"{l.Listing.ListingId}: {p.Sentence}"))]);
        foreach (SurveyedCar car in survey.Cars)
        {
            say(survey.IsEnough(car)
                ? $"{car.DisplayName}: {Count(car.Photos, "photo")} fit for training"
                : $"{car.DisplayName}: {car.Photos} of {minPhotos} photos; {minPhotos - car.Photos} more are needed before it is trained (--min-photos trains it with fewer)");
        }

        return survey;
    }

    public IReadOnlyList<SurveyedCar> Trainable => [.. Cars.Where(IsEnough)];

    /// <summary>Makes the storage's listings equal to the folder's.</summary>
    /// <returns>How many were different.</returns>
    public async Task<int> BringAsync(BlobStore blobs, CancellationToken cancellationToken)
    {
        int changed = 0;
        foreach (LocalListing listing in Listings)
        {
            changed += await LocalListings.BringAsync(blobs, listing, cancellationToken) ? 1 : 0;
        }

        return changed;
    }

    private bool IsEnough(SurveyedCar car) => car.Photos >= MinPhotos && car.Released;

    private void ThrowIfNothingIsUsable(string folder, IReadOnlyList<ReportedProblem> problems, IReadOnlyList<string> refused)
    {
        const int mostRefused = 20;
        if (Trainable.Count > 0)
        {
            return;
        }

        var reasons = new List<string>
        {
            Cars.Count == 0
                ? $"{folder} holds no car. Put each car's photos into a folder of its own below it, e.g. '{Path.Combine(folder, "Tesla Model Y")}', if you like with a vehicle.json."
                : $"{folder} holds nothing that can be trained:",
        };
        reasons.AddRange(Cars.Select(car => car.Released
            ? $"{car.DisplayName} has {car.Photos} photos that are fit; {MinPhotos} are needed{(car.Photos > 0 ? $" (--min-photos {car.Photos} trains it all the same)" : "")}."
            : $"{car.DisplayName} is not released (vehicle.json says so): concept cars are neither trained nor rendered."));
        reasons.AddRange(problems.Select(problem => $"{problem.Subject}: {problem.Reason}."));
        reasons.AddRange(refused.Take(mostRefused));
        if (refused.Count > mostRefused)
        {
            reasons.Add($"{refused.Count - mostRefused} more photos are not fit.");
        }

        throw new InvalidJobInputException(reasons);
    }

    private static string Fit(IReadOnlyList<GateVerdict> photos)
    {
        var reasons = photos.Where(p => !p.Accepted).GroupBy(p => p.Reason).OrderByDescending(g => g.Count()).Select(g => $"{g.Count()} {Words(g.Key)}");
        return $"{photos.Count(p => p.Accepted)} of {Count(photos.Count, "photo")} fit" + string.Concat(reasons.Select(r => $", {r}"));
    }

    private static string Words(GateReason? reason) => reason switch
    {
        GateReason.Unreadable => "cannot be read",
        GateReason.TooSmall => "too small",
        GateReason.ExactDuplicate or GateReason.NearDuplicate => "there twice",
        _ => reason?.ToString().ToLowerInvariant() ?? "not fit",
    };

    private static string Count(int count, string what) => $"{count} {what}{(count == 1 ? "" : "s")}";
}

/// <summary>A car model of the folder.</summary>
/// <param name="Photos">Fit for training, those with equal pixels once.</param>
internal sealed record SurveyedCar(string ModelKey, string DisplayName, bool Released, int Photos, Vehicle Vehicle)
{
    public static SurveyedCar Of(string modelKey, IEnumerable<(LocalListing Listing, IReadOnlyList<GateVerdict> Photos)> listings)
    {
        var all = listings.OrderBy(l => l.Listing.Vehicle.ListedAt).ThenBy(l => l.Listing.ListingId, StringComparer.Ordinal).ToList();
        Vehicle newest = all[^1].Listing.Vehicle;
        int photos = all.SelectMany(l => l.Photos).Where(p => p.Accepted).Select(p => p.PixelDigest).Distinct(StringComparer.Ordinal).Count();
        return new SurveyedCar(modelKey, newest.DisplayName, newest.Released, photos, newest);
    }
}
