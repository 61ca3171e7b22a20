using LoraFunctions.Imaging.Gate;
using LoraFunctions.Imaging.Pixels;
using LoraFunctions.Pipeline.Listings;

namespace LoraFunctions.Pipeline.Datasets;

/// <summary>A listing as it came from gate and labeller.</summary>
/// <param name="Captions">By the photo's name; one for every photo the gate accepted.</param>
internal sealed record LabelledListing(ListingGateReport Report, IReadOnlyDictionary<string, string> Captions);

/// <summary>What <see cref="DatasetMerge"/> gives.</summary>
/// <param name="Listings">What it was made from, in the ordinal order of their ids.</param>
/// <param name="Photos">In the ordinal order of their files.</param>
/// <param name="Reports">The listings' reports, with what only all listings together show; in the order of the listings.</param>
internal sealed record MergedDataset(
    IReadOnlyList<LabelledListing> Listings,
    IReadOnlyList<DatasetPhoto> Photos,
    IReadOnlyList<ListingGateReport> Reports);

/// <summary>
/// A car model's data set out of its listings. A pure function of the listings: whatever nights brought them, in whatever order, the same
/// listings give the same data set.
/// </summary>
internal static class DatasetMerge
{
    /// <summary>The listings there are, with those that came or changed and without those that left.</summary>
    /// <param name="left">Ids of the listings that were withdrawn or belong to another car model now.</param>
    public static MergedDataset Merge(
        IReadOnlyList<LabelledListing> there,
        IReadOnlyList<LabelledListing> incoming,
        IReadOnlyCollection<string> left,
        GateOptions? limits = null,
        int maxPhotos = PhotoSet.DefaultMaxPhotos)
    {
        var gone = incoming.Select(l => l.Report.ListingId).Concat(left).ToHashSet();
        return Of([.. there.Where(l => !gone.Contains(l.Report.ListingId)), .. incoming], limits, maxPhotos);
    }

    /// <summary>
    /// Of photos with equal pixels, or of one shot, the first stays, in the order of listings and names, and of those the best, at most so many; the
    /// report says so of the others. What the gates said is kept: where a photo leaves, the next takes its place.
    /// </summary>
    public static MergedDataset Of(IReadOnlyList<LabelledListing> listings, GateOptions? limits = null, int maxPhotos = PhotoSet.DefaultMaxPhotos)
    {
        LabelledListing[] ordered = [.. listings.OrderBy(l => l.Report.ListingId, StringComparer.Ordinal)];
        GateVerdict[][] verdicts = Distinct(ordered, limits ?? new GateOptions());
        var best = PhotoSet.Best(
            ordered.Zip(verdicts).SelectMany(l => l.Second.Where(v => v.Accepted).Select(v => new SetCandidate(NameOf(l.First, v), v.Quality ?? 0, l.First.Captions[v.Name]))),
            maxPhotos);

        var (photos, reports, files) = (new List<DatasetPhoto>(), new List<ListingGateReport>(), new HashSet<string>());
        foreach (var (listing, judged) in ordered.Zip(verdicts))
        {
            GateVerdict[] last =
            [
                .. judged.Select(v => !v.Accepted || best.Contains(NameOf(listing, v)) ? v
                    : v.NotTaken(GateReason.SetIsFull, $"is good, but the data set has its {maxPhotos} photos, and they are better")),
            ];
            photos.AddRange(last.Where(v => v.Accepted).Select(v => Photo(listing, v, files)));
            reports.Add(listing.Report with { Photos = last });
        }

        return new MergedDataset(ordered, [.. photos.OrderBy(p => p.File, StringComparer.Ordinal)], reports);
    }

    /// <summary>Every listing's verdicts, with what the listings before it show.</summary>
    private static GateVerdict[][] Distinct(LabelledListing[] listings, GateOptions limits)
    {
        var pixels = new Dictionary<string, string>();
        var shots = new SameShots(limits);
        return [.. listings.Select(GateVerdict[] (listing) =>
        {
            // Among themselves the listing's own gate has compared them.
            var (verdicts, looks) = (new List<GateVerdict>(), new List<(string Name, PictureLook Look)>());
            foreach (var verdict in listing.Report.Photos)
            {
                var look = verdict is { Accepted: true, Look: { } text } ? PictureLook.Parse(text) : null;
                var seen = !verdict.Accepted ? null
                    : pixels.TryGetValue(verdict.PixelDigest!, out var original) ? verdict.AsExactDuplicateOf(original)
                    : look is null ? null : shots.Rejected(verdict, look);
                verdicts.Add((seen ?? verdict) with { Look = null });
                if (verdict.Accepted && seen is null)
                {
                    pixels.Add(verdict.PixelDigest!, NameOf(listing, verdict));
                    if (look is not null)
                    {
                        looks.Add((NameOf(listing, verdict), look));
                    }
                }
            }

            looks.ForEach(shot => shots.Add(shot.Name, shot.Look));
            return [.. verdicts];
        })];
    }

    private static string NameOf(LabelledListing listing, GateVerdict verdict) => $"{listing.Report.ListingId}/{verdict.Name}";

    /// <summary>Says make, name, segment and whether the car is released: the listing that came last knows best.</summary>
    public static Vehicle? Newest(IEnumerable<LabelledListing> listings) =>
        listings.OrderBy(l => l.Report.Vehicle.ListedAt).ThenBy(l => l.Report.ListingId, StringComparer.Ordinal).LastOrDefault()?.Report.Vehicle;

    /// <summary>Of the listings that have one, the lower of the two in the middle; 0 where none has.</summary>
    public static decimal MedianPrice(IEnumerable<LabelledListing> listings) =>
        listings.Select(l => l.Report.Vehicle.Price).Where(price => price > 0).Order().ToList() is { Count: > 0 } prices ? prices[(prices.Count - 1) / 2] : 0;

    private static DatasetPhoto Photo(LabelledListing listing, GateVerdict verdict, HashSet<string> files)
    {
        var listingId = listing.Report.ListingId;
        var file = FileNames.Plain($"{listingId}-{verdict.Name}");
        if (!files.Add(file))
        {
            file = $"{Path.GetFileNameWithoutExtension(file)}-{verdict.Sha256[..8]}{Path.GetExtension(file)}";
            files.Add(file);
        }

        return new DatasetPhoto(file, verdict.Sha256, verdict.PixelDigest!, listing.Captions[verdict.Name], listingId, verdict.Name);
    }
}
