using LoraFunctions.Pipeline.Storage;
using LoraFunctions.Showroom.Listings;

namespace LoraFunctions.Cli.Nightly.Demo;

/// <summary>Fills <c>vehicle-photos</c> with the drawn cars, once.</summary>
internal static class DemoPhotos
{
    /// <summary>Enough for every view of a car, few enough for a demo to end soon.</summary>
    public const int GoodPhotosPerModel = 12;

    private static readonly DemoListingsOptions s_options = new()
    {
        ListedAt = new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero),
        GoodPhotosPerModel = GoodPhotosPerModel,
    };

    /// <returns>How many listings were added; those that are there already stay as they are.</returns>
    public static async Task<int> EnsureAsync(BlobStore blobs, CancellationToken cancellationToken)
    {
        int added = 0;
        foreach (DemoListing listing in DemoListings.Plan(s_options))
        {
            // Written after the listing's photos.
            if (await blobs.StatAsync(ContainerNames.VehiclePhotos, BlobNames.Vehicle(listing.Id), cancellationToken) is not null)
            {
                continue;
            }

            foreach (DemoFile file in DemoListings.Files(listing, s_options))
            {
                await blobs.PutIfAbsentAsync(ContainerNames.VehiclePhotos, file.Path, file.Content, headers: null, cancellationToken);
            }

            added++;
        }

        return added;
    }
}
