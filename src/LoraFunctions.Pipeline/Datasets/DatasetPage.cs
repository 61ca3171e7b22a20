using LoraFunctions.Imaging;
using LoraFunctions.Imaging.Gate;
using LoraFunctions.Pipeline.Storage;

namespace LoraFunctions.Pipeline.Datasets;

/// <summary><c>gate-report.html</c> of a data set: every photo of its listings with what became of it.</summary>
internal static class DatasetPage
{
    /// <summary>Of rejected photos no more are shown as pictures; all are named.</summary>
    public const int MostRejectedShown = 300;

    public static async Task<string> WriteAsync(BlobStore blobs, string displayName, MergedDataset dataset, int minPhotos, CancellationToken cancellationToken)
    {
        var (thumbnails, left) = (new Dictionary<string, byte[]>(StringComparer.Ordinal), MostRejectedShown);
        foreach (var listing in dataset.Reports)
        {
            var rejected = listing.Photos.Where(photo => !photo.Accepted).Take(left).ToArray();
            left -= rejected.Length;
            string[] shown = [.. listing.Photos.Where(photo => photo.Accepted).Concat(rejected).Select(photo => photo.Name)];
            if (shown.Length > 0 && await blobs.TryReadJsonAsync<Dictionary<string, byte[]>>(
                ContainerNames.Datasets, BlobNames.ListingThumbnails(listing.ListingId, listing.ListingKey), cancellationToken) is { } there)
            {
                foreach (var name in shown.Where(there.ContainsKey))
                {
                    thumbnails.Add($"{listing.ListingId}/{name}", there[name]);
                }
            }
        }

        var report = new GateReport(
            GateReport.CurrentSchemaVersion,
            displayName,
            [.. dataset.Reports.SelectMany(listing => listing.Photos.Select(photo => photo with { Name = $"{listing.ListingId}/{photo.Name}" }))])
        {
            Ignored = [.. dataset.Reports.SelectMany(listing => listing.Ignored.Select(file => new NamedFile($"{listing.ListingId}/{file.Name}", FileKind.Ignored, file.Reason)))],
            Missing = PhotoSet.Missing([.. dataset.Photos.Select(photo => photo.Caption)], minPhotos),
        };
        return GatePage.Write(report, thumbnails, dataset.Photos.ToDictionary(photo => $"{photo.ListingId}/{photo.Name}", photo => photo.Caption, StringComparer.Ordinal));
    }
}
