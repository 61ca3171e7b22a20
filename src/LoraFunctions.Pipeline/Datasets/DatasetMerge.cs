using LoraFunctions.Imaging.Gate;
using LoraFunctions.Pipeline.Listings;

namespace LoraFunctions.Pipeline.Datasets;

/// <summary>What becomes of a data set when listings are taken in. A pure function: the same listings give the same data set.</summary>
internal static class DatasetMerge
{
    /// <summary>
    /// Listings that are there already in another version are replaced. Photos keep the names they have; of photos with equal pixels the one that
    /// is there stays, else that of the listing first in order, and the report says so of the other.
    /// </summary>
    /// <param name="photos">Of the data set there is; empty when there is none.</param>
    /// <param name="reports">Of the same.</param>
    public static MergedDataset Merge(
        IReadOnlyList<DatasetPhoto> photos,
        IReadOnlyList<ListingGateReport> reports,
        IReadOnlyList<LabelledListing> incoming)
    {
        var replaced = incoming.Select(l => l.Report.ListingId).ToHashSet();
        var kept = photos.Where(p => !replaced.Contains(p.ListingId)).ToList();
        var merged = reports.Where(r => !replaced.Contains(r.ListingId)).ToList();
        var files = kept.Select(p => p.File).ToHashSet();
        var pixels = kept.ToDictionary(p => p.PixelDigest, p => $"{p.ListingId}/{p.Name}");

        foreach (var listing in incoming.OrderBy(l => l.Report.ListingId, StringComparer.Ordinal))
        {
            var verdicts = new List<GateVerdict>();
            foreach (var verdict in listing.Report.Photos)
            {
                if (!verdict.Accepted)
                {
                    verdicts.Add(verdict);
                }
                else if (pixels.TryGetValue(verdict.PixelDigest!, out var original))
                {
                    verdicts.Add(verdict with
                    {
                        Accepted = false,
                        Reason = GateReason.ExactDuplicate,
                        DuplicateOf = original,
                        Sentence = $"{verdict.Name} shows exactly the same pixels as {original}; one of them is enough.",
                    });
                }
                else
                {
                    verdicts.Add(verdict);
                    pixels.Add(verdict.PixelDigest!, $"{listing.Report.ListingId}/{verdict.Name}");
                    kept.Add(Photo(listing, verdict, files));
                }
            }

            merged.Add(listing.Report with { Photos = verdicts });
        }

        return new MergedDataset(
            [.. kept.OrderBy(p => p.File, StringComparer.Ordinal)],
            [.. merged.OrderBy(r => r.ListingId, StringComparer.Ordinal)]);
    }

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
