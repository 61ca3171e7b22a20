using LoraFunctions.Pipeline.Listings;

namespace LoraFunctions.Pipeline.Night;

/// <summary>Input of <see cref="NightOrchestrator"/>.</summary>
/// <param name="Date">The night's date in <c>Nightly:TimeZone</c>, <c>yyyy-MM-dd</c>.</param>
/// <param name="DeadlineUtc">When nothing is waited for any more and what there is gets published; null for a night started by hand.</param>
/// <param name="Settings">The options as they were when the night was started: orchestrators read no configuration.</param>
public sealed record NightInput(string Date, DateTime? DeadlineUtc, NightSettings Settings)
{
    /// <summary>A night of that date that has ended is started again for what came since, not only for what it left undone.</summary>
    public bool TakesWhatCameSince { get; init; }

    /// <summary>A car model that is trained anew although nothing changed, because a person asked; null: none.</summary>
    public string? Retrain { get; init; }

    /// <summary>Tells this training of <see cref="Retrain"/> from earlier ones.</summary>
    public string RetrainKey { get; init; } = "";

    /// <summary>When no training is waited for any more: what is left belongs to rendering.</summary>
    public DateTime? TrainingsEndUtc => DeadlineUtc - Settings.RenderingTime;
}

/// <summary>How much of a night runs at once, and how its time is divided; <see cref="NightlyOptions"/> says what each means.</summary>
public sealed record NightSettings(
    int MaxListingsAtOnce,
    int MaxTrainingsAtOnce,
    int MaxComparisonsAtOnce,
    TimeSpan TrainingTime,
    TimeSpan RenderingTime,
    bool Notifies = false)
{
    public static NightSettings Of(NightlyOptions options) =>
        new(options.MaxListingsAtOnce, options.MaxTrainingsAtOnce, options.MaxComparisonsAtOnce, options.TrainingTime, options.RenderingTime, options.Webhook is not null);
}

/// <summary>
/// What one night works on. It is stored under the night's date, so that a night started again after a crash works on the same listings;
/// what is listed later belongs to the next night, or to the same one when a person starts it again after its end.
/// </summary>
/// <param name="Listings">Listings that are new or changed since a data set took them in, oldest first.</param>
/// <param name="ModelKeys">Car models to look at: those of the listings, and those that have a data set already.</param>
/// <param name="Left">By car model, the listings that are to leave its data set: withdrawn, or of another car model now.</param>
/// <param name="Problems">Listings that could not be planned, e.g. for a broken <c>vehicle.json</c>.</param>
public sealed record NightPlan(
    string Date,
    IReadOnlyList<PlannedListing> Listings,
    IReadOnlyList<string> ModelKeys,
    IReadOnlyDictionary<string, IReadOnlyList<string>> Left,
    IReadOnlyList<ReportedProblem> Problems)
{
    /// <summary>All that this plan works on, and what a later one of the same date found; of a listing that changed or was withdrawn in between, what it is now.</summary>
    public NightPlan With(NightPlan later)
    {
        var changed = later.Listings.Select(listing => listing.ListingId).Concat(later.Left.SelectMany(left => left.Value)).ToHashSet(StringComparer.Ordinal);
        return later with
        {
            Listings = [.. Listings.Where(listing => !changed.Contains(listing.ListingId)), .. later.Listings],
            ModelKeys = [.. ModelKeys.Union(later.ModelKeys).Order(StringComparer.Ordinal)],
            Left = Left.Concat(later.Left).GroupBy(l => l.Key).ToDictionary(l => l.Key, IReadOnlyList<string> (l) => [.. l.SelectMany(one => one.Value).Distinct()]),
        };
    }
}
