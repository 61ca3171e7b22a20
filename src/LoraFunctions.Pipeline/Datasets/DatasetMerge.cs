using LoraFunctions.Imaging.Gate;
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
        IReadOnlyCollection<string> left)
    {
        var gone = incoming.Select(l => l.Report.ListingId).Concat(left).ToHashSet();
        return Of([.. there.Where(l => !gone.Contains(l.Report.ListingId)), .. incoming]);
    }

    /// <summary>Of photos with equal pixels the first stays, in the order of listings and names; the report says so of the others.</summary>
    public static MergedDataset Of(IReadOnlyList<LabelledListing> listings)
    {
        LabelledListing[] ordered = [.. listings.OrderBy(l => l.Report.ListingId, StringComparer.Ordinal)];
        var photos = new List<DatasetPhoto>();
        var reports = new List<ListingGateReport>();
        var files = new HashSet<string>();
        var pixels = new Dictionary<string, string>();
        foreach (var listing in ordered)
        {
            var verdicts = new List<GateVerdict>();
            foreach (var verdict in listing.Report.Photos)
            {
                if (verdict.Accepted && !pixels.TryAdd(verdict.PixelDigest!, $"{listing.Report.ListingId}/{verdict.Name}"))
                {
                    verdicts.Add(Duplicate(verdict, pixels[verdict.PixelDigest!]));
                    continue;
                }

                verdicts.Add(verdict);
                if (verdict.Accepted)
                {
                    photos.Add(Photo(listing, verdict, files));
                }
            }

            reports.Add(listing.Report with { Photos = verdicts });
        }

        return new MergedDataset(ordered, [.. photos.OrderBy(p => p.File, StringComparer.Ordinal)], reports);
    }

    /// <summary>Says make, name, segment and whether the car is released: the listing that came last knows best.</summary>
    public static Vehicle? Newest(IEnumerable<LabelledListing> listings) =>
        listings.OrderBy(l => l.Report.Vehicle.ListedAt).ThenBy(l => l.Report.ListingId, StringComparer.Ordinal).LastOrDefault()?.Report.Vehicle;

    private static GateVerdict Duplicate(GateVerdict verdict, string original) =>
        verdict with
        {
            Accepted = false,
            Reason = GateReason.ExactDuplicate,
            DuplicateOf = original,
            Sentence = $"{verdict.Name} shows exactly the same pixels as {original}; one of them is enough.",
        };

    private static DatasetPhoto Photo(LabelledListing listing, GateVerdict verdict, HashSet<string> files)
    {
        var listingId = listing.Report.ListingId;
        var file = FileName(listingId, verdict.Name);
        if (!files.Add(file))
        {
            file = $"{Path.GetFileNameWithoutExtension(file)}-{verdict.Sha256[..8]}{Path.GetExtension(file)}";
            files.Add(file);
        }

        return new DatasetPhoto(file, verdict.Sha256, verdict.PixelDigest!, listing.Captions[verdict.Name], listingId, verdict.Name);
    }

    /// <summary>Listing and photo in one name, with nothing that a file system or a CSV reader takes amiss.</summary>
    private static string FileName(string listingId, string name) =>
        string.Concat($"{listingId}-{name}".Select(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '-')).TrimStart('.', '-');
}
