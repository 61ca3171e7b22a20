using LoraFunctions.Pipeline.Storage;
using LoraFunctions.Showroom.Listings;

namespace LoraFunctions.Cli.Nightly.Demo;

/// <summary>Fills <c>vehicle-photos</c> with drawn cars, once.</summary>
internal sealed class DemoPhotos(int models, int goodPhotosPerModel)
{
    /// <summary>The day on which the demo's cars came on the market.</summary>
    private static readonly DateTimeOffset s_listedAt = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly DemoListingsOptions _options = new() { ListedAt = s_listedAt, Models = models, GoodPhotosPerModel = goodPhotosPerModel };

    public int Seed => _options.Seed;

    /// <returns>How many listings were added; those that are there already stay as they are.</returns>
    public async Task<int> EnsureAsync(BlobStore blobs, CancellationToken cancellationToken)
    {
        int added = 0;
        foreach (DemoListing listing in DemoListings.Plan(_options))
        {
            // Written after the listing's photos.
            if (await blobs.StatAsync(ContainerNames.VehiclePhotos, BlobNames.Vehicle(listing.Id), cancellationToken) is not null)
            {
                continue;
            }

            foreach (DemoFile file in DemoListings.Files(listing, _options))
            {
                await blobs.PutIfAbsentAsync(ContainerNames.VehiclePhotos, file.Path, file.Content, headers: null, cancellationToken);
            }

            added++;
        }

        return added;
    }
}
